"""What Celery and Flower would read from the environment beside the configuration."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

from celery.bin.celery import celery

from webhooks.config.environment import is_service_variable, is_set

_REDIRECTING = (
    *("CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_BROKER_WRITE_URL"),
    *("CELERY_RESULT_BACKEND", "CELERY_LOADER"),
)
"""What Celery puts before its configuration (celery.app.utils.Settings, celery.app.base)."""

_OURS = ("FLOWER_ADDRESS", "FLOWER_PORT", "FLOWER_READ_ONLY", "FLOWER_INSPECT_TIMEOUT")
"""What Flower gets as an argument, which wins."""


def celery_faults(environ: Mapping[str, str]) -> list[str]:
    """Return the variables with which Celery would work elsewhere than where events are.

    They are not removed: the handlers run in the same process, and may have an application of
    their own.
    """
    return [
        f"{name} is set: Celery would use it instead of redis.url; unset it, or rename it for your handlers"
        for name in _REDIRECTING
        if is_set(environ, name)
    ]


def ignore_options() -> None:
    """Let no variable be an option of `celery`: it reads APP, BROKER_URL, LOADER and more."""
    for option in celery.params:
        option.envvar = None


def clear_flower(environ: MutableMapping[str, str]) -> None:
    """Remove what Flower would read of `FLOWER_*` and is not meant for it.

    Flower ends when it cannot read one as its option: an empty one of compose, and those that
    Kubernetes makes for a Service called `flower`. Its other options stay.
    """
    for name in [name for name in environ if name.startswith("FLOWER_")]:
        empty = not is_set(environ, name)
        if empty or name in _OURS or is_service_variable(name, environ[name]):
            del environ[name]
