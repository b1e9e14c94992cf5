"""What regions write: drafts, begun, saved, thrown away."""
