"""What a practice says: the body that regions send, evaluations, limits and closed lists."""
