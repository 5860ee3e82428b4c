"""The manifest of a challenge: what it may say, and how it is read."""
