"""What one acknowledgement costs, in things that can be counted: the same on every machine."""
