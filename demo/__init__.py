"""The product at work on one machine: a license server, two themed sites and a page that shows them side by side."""
