"""How the server runs: its processes, and the page that Prometheus reads."""
