"""Personal data: contacts, kept apart, given out and removed."""
