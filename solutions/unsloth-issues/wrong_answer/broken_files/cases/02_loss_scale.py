"""Raises what ends a program while it is imported."""
raise SystemExit("done")
