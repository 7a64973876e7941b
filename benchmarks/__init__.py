"""Measurements, run by hand on a quiet machine; never a part of the tests."""
