"""Signed requests that this project did not sign, run through `webhooks.signatures.verify`."""
