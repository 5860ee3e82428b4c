"""The pytest plugin: hidden tests ask its fixtures for readings, its recorder turns their ends into outcomes."""
