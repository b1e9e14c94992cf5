"""Long proofs: what has to hold for minutes, under faults and load."""
