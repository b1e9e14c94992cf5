"""What everybody reads: lists, one practice, versions, files, feeds, citations."""
