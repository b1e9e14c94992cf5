"""What a practice is and what may happen to it. Pure."""
