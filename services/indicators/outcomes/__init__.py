"""Outcome statistics: definitions, values, and files as Eurostat serves them."""
