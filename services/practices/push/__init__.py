"""Practices from regions' own systems: one by its external id, many as a file."""
