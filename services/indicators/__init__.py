"""Indicators: how does a region do, and how sure are we. Owns editions, answers and scores."""
