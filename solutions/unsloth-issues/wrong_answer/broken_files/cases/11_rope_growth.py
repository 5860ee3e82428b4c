"""Lacks what is called."""


class RotaryTable:
    def __init__(self, width):
        self.width = width


def rotated(x, positions, table):
    return x
