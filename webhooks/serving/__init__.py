"""The web server: a gunicorn worker whose loop reads whole requests and runs Flask in greenlets."""
