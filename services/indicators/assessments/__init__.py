"""Questionnaires: answering, reviewing, publishing, and answers as files."""
