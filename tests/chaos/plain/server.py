"""gunicorn's settings for the plain receiver."""

from __future__ import annotations

import os

bind = f"127.0.0.1:{os.environ['HOOKLINE_WEB_PORT']}"
worker_class = "gthread"
threads = 8
keepalive = 75
control_socket_disable = True
