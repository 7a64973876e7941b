"""Schemes of a single provider each, with their own rules."""
