"""The local, fsynced store-and-forward for when Redis is away.

`record.py` is a proven delivery as bytes, `file.py` the SQLite file of such records, `spool.py`
what a receiver writes through, `drain.py` what brings the records to the store afterwards.
"""
