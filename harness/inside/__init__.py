"""The guest: what shares a process with a submission. Nothing outside imports it, and nothing it says is trusted."""
