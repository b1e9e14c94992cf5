"""What administrators do: people and their roles, clients, the audit trail."""
