"""Hostile HTTP: what no honest sender writes, over raw sockets against the real receiver."""
