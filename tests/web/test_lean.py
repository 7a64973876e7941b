"""A foreseen path is answered as Flask itself would answer it."""

from __future__ import annotations

import flask
import pytest
from flask import Flask, Request, request_finished, request_started

from webhooks.endpoints.lean import LeanFlask, Prepared


@pytest.fixture(params=["plain", "ours", "foreseen"])
def app(request: pytest.FixtureRequest) -> Flask:
    """The same views in Flask, in ours, and in ours with paths that were foreseen."""
    made = Flask("plain") if request.param == "plain" else LeanFlask("ours")

    def echo(asked: Request, name: str) -> Prepared:
        return Prepared(f"{asked.method} {asked.url} {name} {asked.get_data()!r}".encode())

    def fail(asked: Request) -> Prepared:
        raise ZeroDivisionError(asked.path)

    made.add_url_rule("/echo/<name>", "echo", lambda name: echo(flask.request, name), methods=["GET", "POST"])
    made.add_url_rule("/fails", "fails", lambda: fail(flask.request), methods=["POST"])

    @made.errorhandler(ZeroDivisionError)
    def mend(error: ZeroDivisionError) -> tuple[str, int]:
        return f"mended {error} {flask.request.path}", 503

    if isinstance(made, LeanFlask) and request.param == "foreseen":
        made.foresee("/echo/one", lambda environ: echo(Request(environ), "one"))
        made.foresee("/fails", lambda environ: fail(Request(environ)))
    return made


@pytest.mark.parametrize("path", ["/echo/one?q=7", "/echo/two", "/none", "/echo/one/", "//echo/one"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "HEAD"])
def test_every_request_is_answered_alike(app: Flask, method: str, path: str) -> None:
    usual = Flask("usual")

    @usual.route("/echo/<name>", methods=["GET", "POST"])
    def echo(name: str) -> Prepared:
        asked = flask.request
        return Prepared(f"{asked.method} {asked.url} {name} {asked.get_data()!r}".encode())

    app.url_map.merge_slashes = usual.url_map.merge_slashes = False
    ours = app.test_client().open(path, method=method, data="body")
    theirs = usual.test_client().open(path, method=method, data="body")
    assert (ours.status_code, ours.mimetype) == (theirs.status_code, theirs.mimetype)
    if method != "HEAD":
        assert ours.data == theirs.data


def test_a_view_that_fails_is_mended_by_its_error_handler(app: Flask) -> None:
    answer = app.test_client().post("/fails")
    assert (answer.status_code, answer.text) == (503, "mended /fails /fails")


def test_whoever_asked_to_be_called_is_called(app: Flask) -> None:
    called = []
    app.before_request(lambda: called.append("before"))
    app.teardown_request(lambda _: called.append("teardown"))
    app.test_client().post("/echo/one")
    assert called == ["before", "teardown"]


def test_signals_are_sent_to_whoever_hears_them(app: Flask) -> None:
    called = []
    with (
        request_started.connected_to(lambda _: called.append("started"), app),
        request_finished.connected_to(lambda _, **__: called.append("finished"), app),
    ):
        app.test_client().post("/echo/one")
    assert called == ["started", "finished"]


def test_an_error_that_nobody_mends_is_an_internal_one(app: Flask) -> None:
    app.error_handler_spec.clear()
    assert app.test_client().post("/fails").status_code == 500
