"""Is no Python."""
def accumulate(head, micro_batches) return None
