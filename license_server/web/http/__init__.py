"""What every page and call has in common: bodies, problems, logs, metrics."""
