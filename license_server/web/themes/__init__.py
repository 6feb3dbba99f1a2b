"""The activation API: what themes on customers' sites call (protocol §6)."""
