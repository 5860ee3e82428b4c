"""Rubbish for every door of the judge: frames of a guest, manifests, and what is handed in."""
