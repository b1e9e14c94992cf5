"""Judging practices: evaluations that are blind to each other, and the consensus."""
