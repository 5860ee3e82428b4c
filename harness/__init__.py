"""Runs one submission and measures it; knows nothing of points, reports or histories."""
