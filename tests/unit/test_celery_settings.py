"""Celery's settings that are not a matter of taste, each with what it prevents."""

from __future__ import annotations

import ssl
from typing import Any

import pytest
from celery.app.defaults import SETTING_KEYS

from webhooks.config import Settings
from webhooks.config.sections import Redis, Worker
from webhooks.store.keys import QUEUE
from workers.settings import HARD_MARGIN, broker_tls, broker_url, celery_settings


def made(**worker: Any) -> dict[str, Any]:
    return celery_settings(Settings(redis=Redis(url="redis://127.0.0.1:6379/3"), worker=Worker(**worker)))


@pytest.mark.parametrize(
    ("url", "celerys"),
    [
        ("redis://127.0.0.1:6379/3", "redis://127.0.0.1:6379/3"),
        (
            "redis://user:fake%40pw@redis.example.com:6380/1",
            "redis://user:fake%40pw@redis.example.com:6380/1",
        ),
        ("rediss://redis.example.com/0", "rediss://redis.example.com/0"),
        ("unix:///run/redis.sock", "redis+socket:///run/redis.sock?virtual_host=0"),
        ("unix:///run/redis.sock?db=2", "redis+socket:///run/redis.sock?virtual_host=2"),
        ("unix://:fakepw@/run/redis.sock?db=2", "redis+socket://:fakepw@/run/redis.sock?virtual_host=2"),
    ],
)
def test_the_broker_is_the_store_in_celerys_spelling(url: str, celerys: str) -> None:
    assert broker_url(url) == celerys


def test_celery_knows_every_setting_so_that_none_is_misspelt() -> None:
    assert set(made()) <= SETTING_KEYS


def test_an_early_ack_would_lose_the_hint_of_a_worker_that_dies() -> None:
    settings = made()
    assert settings["task_acks_late"] is True
    assert settings["task_reject_on_worker_lost"] is True


def test_a_failed_task_is_acknowledged_or_it_would_come_back_for_ever() -> None:
    settings = made()
    assert settings["task_acks_on_failure"] is True
    assert settings["task_acks_on_timeout"] is True


def test_a_prefetched_hint_would_wait_behind_a_slow_handler() -> None:
    assert made()["worker_prefetch_multiplier"] == 1


def test_there_is_no_result_backend_as_the_store_is_the_truth() -> None:
    settings = made()
    assert settings["result_backend"] is None
    assert settings["task_ignore_result"] is True


def test_only_json_is_read_as_a_pickle_could_run_code() -> None:
    settings = made()
    assert settings["accept_content"] == ["json"]
    assert settings["task_serializer"] == "json"


def test_the_queue_is_direct_as_a_named_exchange_loses_messages_without_its_binding() -> None:
    settings = made()
    (queue,) = settings["task_queues"]
    assert (queue.name, queue.exchange.name, queue.routing_key, queue.no_declare) == (QUEUE, "", QUEUE, True)
    assert settings["task_default_exchange"] == ""
    assert settings["task_default_queue"] == settings["task_default_routing_key"] == QUEUE
    assert settings["task_create_missing_queues"] is False


@pytest.mark.parametrize(("configured", "soft"), [(300.0, 301), (2.9, 3), (0.5, 2)])
def test_a_handler_has_time_to_clean_up_between_the_soft_limit_and_the_hard_one(
    configured: float, soft: int
) -> None:
    settings = made(time_limit=configured)
    assert (settings["task_soft_time_limit"], settings["task_time_limit"]) == (soft, soft + HARD_MARGIN)


@pytest.mark.parametrize("limit", [1.0, 300.0, 86400.0])
def test_a_hint_is_not_delivered_again_while_its_handler_may_still_run(limit: float) -> None:
    settings = made(time_limit=limit)
    assert settings["broker_transport_options"]["visibility_timeout"] > settings["task_time_limit"]


def test_a_redis_that_is_away_is_waited_for_for_ever() -> None:
    settings = made()
    assert settings["broker_connection_max_retries"] is None
    assert settings["broker_connection_retry_on_startup"] is True
    assert settings["broker_channel_error_retry"] is True


def test_a_lost_connection_does_not_cancel_handlers_whose_effect_may_have_happened() -> None:
    assert made()["worker_cancel_long_running_tasks_on_connection_loss"] is False


def test_a_dead_connection_is_noticed_as_every_read_has_its_limit() -> None:
    options = made()["broker_transport_options"]
    assert options["socket_timeout"] > 0
    assert options["socket_connect_timeout"] > 0
    assert options["health_check_interval"] > 0
    assert options["socket_keepalive"] is True


def test_flower_lives_on_the_workers_events() -> None:
    assert made()["worker_send_task_events"] is True


def test_celery_takes_no_hold_of_our_logging() -> None:
    settings = made()
    assert settings["worker_hijack_root_logger"] is False
    assert settings["worker_redirect_stdouts"] is False


def test_as_many_handlers_run_at_once_as_configured() -> None:
    assert made(processes=7)["worker_concurrency"] == 7


def test_tls_is_asked_for_beside_the_url_as_celery_and_flower_take_it() -> None:
    url = "rediss://user:fake@h:6380/0?ssl_ca_certs=/ca.pem"
    assert broker_url(url) == "rediss://user:fake@h:6380/0"
    assert broker_tls(url) == {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_ca_certs": "/ca.pem"}
    assert broker_tls("redis://h/0") is None
