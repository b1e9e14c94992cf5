"""What is put into the index and what may be asked of it. Pure."""
