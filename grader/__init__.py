"""Decides and tells: from what the harness found to a grade, and from a grade to every report."""
