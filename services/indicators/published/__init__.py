"""The ground of all routes: what is published, kept in memory and as ready answers."""
