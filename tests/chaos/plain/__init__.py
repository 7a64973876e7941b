"""What is usually written: a Flask view that remembers the id and publishes a Celery task.

With every option on that Celery has for reliability. It is run through the same faults, under the
same load and with the same ledger, so that a reader sees what the design buys.
"""
