"""Methodologies, editions, scores and profiles."""
