"""What whoever runs the server does with it."""
