"""Search: keeps an index true to the published practices, and answers queries from it."""
