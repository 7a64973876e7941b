"""Measurements: `make bench` runs receivers beside each other; the other modules are run by hand.

A measurement wants a quiet machine, so none is a part of the tests.
"""
