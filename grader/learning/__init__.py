"""A learner's way through the challenges: workspaces, progress, hints, and the loop that watches a file."""
