"""What receives: everything up to "durably stored", and the store itself."""
