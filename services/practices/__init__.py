"""The Integration Lab: submission, publication and the record of regional practices."""
