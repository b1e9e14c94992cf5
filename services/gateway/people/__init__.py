"""People: accounts, sessions, second factors, the provider of identities."""
