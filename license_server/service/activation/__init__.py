"""Activations: a license on a domain, by whatever way it is asked for."""
