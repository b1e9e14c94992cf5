"""What waits for whom: the desk, conversations, notifications, reminders."""
