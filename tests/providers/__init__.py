"""The catalogue, names of events, handshakes."""
