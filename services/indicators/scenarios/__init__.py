"""What follows from scores: comparisons, gaps, peers, trends, what-if, and how sure ranks are."""
