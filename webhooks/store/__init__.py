"""The only room that knows Redis keys. Each change of an event is one atomic script.

Everything here is written against `Connection.execute`, so that whoever calls decides what kind
of connection carries the commands.
"""
