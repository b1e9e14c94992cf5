"""The form for practices and the framework of evaluation, in every language."""
