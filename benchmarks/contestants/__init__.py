"""The receivers that are measured beside Hookline, written as their documentation shows.

Each does the same work: the signature over the raw body, an id taken once, the body stored, a task
queued, then 200. None of them writes logs or counts metrics; Hookline does.
"""
