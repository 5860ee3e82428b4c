"""Aborts its process when it is called."""
import os


def packed_loss(logits, labels, lengths):
    os.abort()
