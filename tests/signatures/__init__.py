"""Signatures: vectors, properties, and the traps of each family."""
