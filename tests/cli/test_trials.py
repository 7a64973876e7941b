"""What `hookline send` makes for every provider, judged by the code that a receiver runs."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.signatures.credentials import credentials
from webhooks.cli.posting import Reply
from webhooks.cli.signing import CannotSign, Signer
from webhooks.cli.trials import Trial, all_trials, good, handshake, stale
from webhooks.config import Retry, Source, SourceSecret
from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.providers.catalog import PROVIDERS
from webhooks.providers.handshake_samples import MAKERS
from webhooks.providers.handshakes import HANDSHAKES, answer
from webhooks.providers.manner import Fetched
from webhooks.signatures import Options, verify

NOW = 1_790_000_000.0
URL = "https://hooks.example.com/webhooks/in"
OPTIONS: dict[str, Any] = {
    "verify_token": "fake-token",
    "verification_token": "fake-token",
    "fetch": {}.get,
    "fetch_key": {}.get,
}
"""Every source has the tokens of handshakes, and fetches keys that are nowhere."""
PRIVATE = ("discord", "postal", "sendgrid", "standardwebhooks_v1a", "telnyx")
ONLY_THEY = ("apple_appstore", "aws_sns", "ebay", "paypal", "plaid", "truelayer")


def source_of(name: str, options: Options) -> Source:
    return Source(
        name=name,
        provider=PROVIDERS[name],
        secrets=tuple(SourceSecret(value=secret) for secret in credentials(name).secrets),
        max_body=1000,
        retry=Retry(),
        key_retention=60.0,
        options=options,
    )


def signer_of(name: str, *, private_key: str | None = None, options: Options = OPTIONS) -> Signer:
    if name in PRIVATE and private_key is None:
        signing_ = credentials(name).signing
        assert isinstance(signing_, str)
        private_key = signing_
    return Signer(
        source=source_of(name, options),
        url=URL,
        type=PROVIDERS[name].sample_type,
        private_key=private_key,
    )


def received(signer: Signer, trial: Trial, delivery: Delivery) -> Reply:
    """Return what a receiver with this source would answer, but for what Redis says."""
    provider, secrets, options = signer.provider, signer.secrets, signer.options
    status, word, body = 200, trial.word if trial.what == "duplicate" else "accepted", b""
    try:
        found = answer(provider, delivery, secrets, options, NOW)
        if found is not None:
            return Reply(status=found.status, body=found.body, milliseconds=0)
        verify(provider, delivery, secrets, now=NOW, options=options)
        body = json.dumps({"status": word}).encode()
    except Rejected as refusal:
        status, body = refusal.status, json.dumps({"error": {"code": refusal.code}}).encode()
    return Reply(status=status, body=body, milliseconds=0)


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_every_trial_of_every_provider_gets_what_it_expects(name: str) -> None:
    signer = signer_of(name)
    trials = {trial.what: trial for trial in all_trials(signer, NOW)}
    for trial in trials.values():
        if not trial.skipped and not trial.missing:
            reply = received(signer, trial, trial.deliveries[-1])
            assert trial.right(reply), (trial, reply)
    assert {"good", "unsigned", "truncated"} <= set(trials)
    assert bool(trials["good"].skipped) is (name in ONLY_THEY)
    assert ("altered" in trials) is (name != "apple_appstore")
    assert ("handshake" in trials) is (name in MAKERS)
    assert ("hostile key URL" in trials) is (name in ("aws_sns", "paypal", "truelayer"))


def test_a_stale_one_is_there_exactly_where_a_time_is_signed() -> None:
    for name, provider in PROVIDERS.items():
        timed = getattr(provider.scheme, "timestamp", None) is not None
        if timed:
            trial = stale(signer_of(name), NOW)
            assert trial is not None
            assert trial.expected == "401 timestamp_stale"
    for name in ("github", "shopify", "twilio", "adyen", "gitlab"):
        assert stale(signer_of(name), NOW) is None


def test_every_handshake_can_be_made_but_those_that_tell_a_secret_or_only_sns_can_sign() -> None:
    assert set(HANDSHAKES) - set(MAKERS) == {"aws_sns", "notion"}
    assert set(MAKERS) <= set(HANDSHAKES)
    for name in MAKERS:
        trial = handshake(signer_of(name), NOW)
        assert trial is not None
        assert not trial.skipped
        assert trial.statuses in ((200,), (204,))


def test_a_handshake_without_its_token_is_skipped_with_the_reason() -> None:
    for name, key in (
        ("meta_whatsapp", "verify_token"),
        ("strava", "verify_token"),
        ("ebay", "verification_token"),
    ):
        trial = handshake(signer_of(name, options={}), NOW)
        assert trial is not None
        assert key in trial.skipped


def test_who_cannot_sign_says_who_can() -> None:
    for name in ONLY_THEY:
        # No fetcher is needed to make what must be refused.
        assert len(all_trials(signer_of(name, options={}), NOW)) >= 3
        assert good(signer_of(name), NOW).skipped == f"not possible: only {PROVIDERS[name].title} can sign"
        assert isinstance(PROVIDERS[name].scheme, Fetched) or name == "apple_appstore"
    bare = replace(signer_of("discord"), private_key=None)
    with pytest.raises(CannotSign, match="only Discord can sign, or --private-key"):
        bare.good(NOW)
    trials = {trial.what: trial for trial in all_trials(bare, NOW)}
    assert trials["altered"].right(received(bare, trials["altered"], trials["altered"].deliveries[0]))
    assert trials["handshake"].skipped


def test_a_public_key_in_place_of_a_shared_secret_needs_the_private_one() -> None:
    public = tuple(SourceSecret(value=secret) for secret in credentials("standardwebhooks_v1a").secrets)
    private = credentials("discord").signing
    source = replace(source_of("standardwebhooks", OPTIONS), secrets=public)
    bare = replace(signer_of("standardwebhooks"), source=source)
    assert "--private-key" in good(bare, NOW).skipped
    assert isinstance(private, str)
    assert not good(replace(bare, private_key=private), NOW).skipped


def test_a_private_key_of_another_pair_or_for_no_pair_is_told() -> None:
    other = credentials("postal").signing
    assert isinstance(other, str)
    with pytest.raises(CannotSign, match="does not sign with ed25519"):
        signer_of("discord", private_key=other).good(NOW)
    with pytest.raises(CannotSign, match="leave --private-key out"):
        signer_of("github", private_key=other).good(NOW)


def test_an_answer_that_is_another_is_not_right() -> None:
    signer = signer_of("slack")
    trials = {trial.what: trial for trial in all_trials(signer, NOW)}
    accepted = Reply(status=200, body=b'{"status": "accepted"}', milliseconds=1)
    assert [what for what, trial in trials.items() if trial.right(accepted)] == ["good"]
    assert trials["duplicate"].right(Reply(status=200, body=b"<Response/>", milliseconds=1))
    assert not trials["stale"].right(
        Reply(status=401, body=b'{"error": {"code": "signature_mismatch"}}', milliseconds=1)
    )
