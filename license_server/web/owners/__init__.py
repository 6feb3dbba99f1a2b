"""The owner's portal: who has the license key sees where it is in use, frees places and activates without a call."""
