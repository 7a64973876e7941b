"""The Flask blueprints: each view reads, calls one room below, and answers."""
