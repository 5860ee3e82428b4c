"""Tests of what runs inside a guest; a package, since two test files here and above have the same name."""
