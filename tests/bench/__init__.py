"""Speed and size, each against a baseline of the same run. `python -m tests.bench` runs all."""
