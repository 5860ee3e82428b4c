"""Many submissions at once: what is to be graded, by which engine, and what came of it."""
