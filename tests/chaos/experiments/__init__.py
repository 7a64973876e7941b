"""One file for each kind of fault; each offers functions that take a number of rounds and return results."""
