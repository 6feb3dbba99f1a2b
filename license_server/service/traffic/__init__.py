"""What is counted of calls, and noted of them in the background."""
