"""The traps of each family: keys, clocks, URLs and tokens that a lenient reader would take."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.signatures.credentials import NOW, credentials
from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.providers.catalog import PROVIDERS
from webhooks.providers.samples import sample
from webhooks.signatures import Secret, sign, verify
from webhooks.signatures.canonical.inngest import canonical, es6_number
from webhooks.signatures.canonical.twilio import url_spellings
from webhooks.signatures.decoding import base64_bytes, base64url_bytes, decode, whole_number
from webhooks.signatures.jws import write_hs, write_parts
from webhooks.signatures.timestamps import Timestamp, rfc3339_seconds

URL = "https://hooks.example.com/in"
SECRET = "fake_secret_for_tests_0123456789abcdef"


def signed(name: str, **changes: Any) -> Delivery:
    given = credentials(name)
    draft = sample(PROVIDERS[name], url=URL, event_id="evt_1", now=NOW)
    whole = sign(name, draft, given.signing, now=changes.pop("now", NOW), options=given.sign_options)
    return with_changes(whole, **changes)


def with_changes(
    whole: Delivery, *, headers: dict[str, str] | None = None, body: bytes | None = None
) -> Delivery:
    replaced = {name.lower(): value for name, value in (headers or {}).items()}
    kept = tuple((name, replaced.pop(name.lower(), value)) for name, value in whole.headers)
    return Delivery(
        method=whole.method,
        url=whole.url,
        headers=(*kept, *replaced.items()),
        body=whole.body if body is None else body,
        received_at=NOW,
    )


def code(
    name: str, delivery: Delivery, *, now: float = NOW, secrets: list[Secret] | None = None, **options: Any
) -> str:
    given = credentials(name)
    held = given.secrets if secrets is None else secrets
    try:
        verify(name, delivery, held, now=now, options={**given.options, **options})
    except Rejected as refusal:
        return refusal.code
    return "accepted"


@pytest.mark.parametrize(
    "text", ["1_0", " 10", "10 ", "+1", "-1", "", "1.0", "\u0661\u0660", "1" * 16, "0x1"]
)
def test_only_ascii_digits_are_a_number(text: str) -> None:
    assert whole_number(text) is None
    assert whole_number("0017") == 17


@pytest.mark.parametrize("text", ["", "AB", "ab c", "abc", "ab\n", "zz", "é0", "a" * 3])
def test_hex_has_one_spelling(text: str) -> None:
    assert decode(text, "hex") is None
    assert decode("00ff", "hex") == b"\x00\xff"
    assert decode("00FF", "hex_upper") == b"\x00\xff"


@pytest.mark.parametrize("text", ["", "YQ", "YR==", "YQ==x", "YQ==\n", "Y Q==", "_w==", "é", "YQ==YQ=="])
def test_base64_has_one_spelling(text: str) -> None:
    assert base64_bytes(text) is None
    assert base64_bytes("YQ==") == b"a"
    assert base64url_bytes("_w") == b"\xff"
    assert base64url_bytes("_w==") is None
    assert base64url_bytes("/w") is None


@pytest.mark.parametrize(
    "text", ["2026-09-21", "2026-09-21T14:13:20", "2026-13-21T14:13:20Z", "2026-09-21 14:13:20Z", "0"]
)
def test_a_time_without_its_zone_is_none(text: str) -> None:
    assert rfc3339_seconds(text) is None
    assert rfc3339_seconds("2026-09-21T16:13:20.5+02:00") == NOW + 0.5


def test_a_timestamp_is_in_one_place() -> None:
    for wrong in (
        {},
        {"header": "a", "field": "b"},
        {"header": "a", "tolerance": 0},
        {"header": "a", "future": -1},
    ):
        with pytest.raises(ValueError, match=r"timestamp|tolerance"):
            Timestamp(**wrong)


@pytest.mark.parametrize(
    ("name", "past", "future"),
    [
        ("stripe", 300, 300),
        ("paddle", 5, 5),
        ("workos", 180, 180),
        ("elevenlabs", 1800, 300),
        ("linear", 60, 60),
    ],
)
def test_both_sides_of_the_clock_are_looked_at(name: str, past: float, future: float) -> None:
    whole = signed(name)
    assert code(name, whole, now=NOW + past) == "accepted"
    assert code(name, whole, now=NOW + past + 1) == "timestamp_stale"
    assert code(name, whole, now=NOW - future) == "accepted"
    assert code(name, whole, now=NOW - future - 1) == "timestamp_future"


def test_the_signature_is_judged_before_the_time() -> None:
    old = signed("stripe", now=NOW - 9999)
    assert code("stripe", with_changes(old, body=b"{}")) == "signature_mismatch"


def test_several_secrets_and_the_one_that_matched() -> None:
    whole = signed("github")
    assert verify("github", whole, ["other", SECRET], now=NOW).secret == 1
    assert verify(PROVIDERS["github"], whole, [SECRET, "other"], now=NOW).secret == 0


def test_rotation_headers_are_all_looked_at() -> None:
    for name, second in (("hookdeck", "x-hookdeck-signature-2"), ("docusign", "X-DocuSign-Signature-7")):
        scheme: Any = PROVIDERS[name].scheme
        right = signed(name).header(scheme.header) or ""
        wrong = base64.b64encode(bytes(32)).decode()
        assert code(name, signed(name, headers={scheme.header: wrong, second: right})) == "accepted"


def test_a_public_key_is_never_the_key_of_an_hmac() -> None:
    public = credentials("standardwebhooks_v1a").secret
    assert isinstance(public, str)
    whole = signed("standardwebhooks_v1a")
    assert code("standardwebhooks", whole, secrets=[public]) == "accepted"
    draft = sample(PROVIDERS["polar"], url=URL, event_id="evt_1", now=NOW)
    forged = sign("polar", draft, public, now=NOW)
    assert code("standardwebhooks", forged, secrets=[public]) == "signature_malformed"
    assert code("standardwebhooks", forged, secrets=["whsec_AAAA", public]) == "signature_mismatch"


def test_a_scheme_with_a_version_takes_no_other() -> None:
    assert code("box", signed("box", headers={"BOX-SIGNATURE-VERSION": "2"})) == "signature_malformed"
    settings = "X-Twilio-Webhooks-Signature-Settings"
    assert (
        code("twilio_sharedkey", signed("twilio_sharedkey", headers={settings: "key=k"}))
        == "signature_malformed"
    )


def test_cloudinary_may_be_set_to_sha256() -> None:
    body, stamp = b'{"notification_type": "upload"}', str(int(NOW))
    digest = hashlib.sha256(body + stamp.encode() + SECRET.encode()).hexdigest()
    headers = (("X-Cld-Timestamp", stamp), ("X-Cld-Signature", digest))
    assert (
        code("cloudinary", Delivery(method="POST", url=URL, headers=headers, body=body, received_at=NOW))
        == "accepted"
    )


def token(claims: dict[str, Any], *, algorithm: str = "HS256", key: str = SECRET) -> str:
    return write_hs(claims, key.encode(), algorithm)


def livekit(text: str, body: bytes = b"{}") -> str:
    headers = (("Authorization", text),)
    return code("livekit", Delivery(method="POST", url=URL, headers=headers, body=body, received_at=NOW))


def test_a_token_is_tied_to_body_issuer_and_time() -> None:
    body_hash = base64.b64encode(hashlib.sha256(b"{}").digest()).decode()
    claims: dict[str, Any] = {"iss": "APIfake", "sha256": body_hash, "exp": NOW + 10}
    assert livekit(token(claims)) == "accepted"
    assert livekit(token(claims), b"{ }") == "signature_mismatch"
    assert livekit(token({**claims, "iss": "other"})) == "signature_mismatch"
    assert livekit(token({**claims, "exp": NOW - 61})) == "timestamp_stale"
    assert livekit(token({**claims, "nbf": NOW + 61})) == "timestamp_future"
    value: Any
    for value in ("soon", True, -1, 10**400, float("inf"), float("nan"), [], 10**12):
        assert livekit(token({**claims, "exp": value})) == "timestamp_malformed"
    assert livekit(token(claims, algorithm="HS512")) == "signature_malformed"


def test_a_token_has_one_spelling() -> None:
    body_hash = base64.b64encode(hashlib.sha256(b"{}").digest()).decode()
    claims = {"iss": "APIfake", "sha256": body_hash}
    head, payload, signature = token(claims).split(".")
    none = write_parts({"alg": "none"}, claims)
    doubled = base64.urlsafe_b64encode(b'{"alg":"HS256","alg":"HS256"}').decode().rstrip("=")
    crit = write_parts({"alg": "HS256", "crit": ["x"]}, claims)
    listed = write_parts({"alg": ["HS256"]}, claims)
    wrong = [
        f"{none}.",
        f"{head}.{payload}.",
        f"{head}.{payload}",
        f"{head}.{payload}.{signature}=",
        f"{head}.{payload}.{signature}.x",
        f"{doubled}.{payload}.{signature}",
        f"{crit}.{signature}",
        f"{listed}.{signature}",
        f"{head}.{payload}.{signature}" + "A" * 70_000,
    ]
    assert [livekit(text) for text in wrong] == ["signature_malformed"] * len(wrong)
    parts = "W10", "W10"
    digest = hmac.digest(SECRET.encode(), f"{head}.{parts[0]}".encode(), "sha256")
    no_object = f"{head}.{parts[0]}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"
    assert livekit(no_object) == "signature_malformed"


def test_a_public_key_is_no_secret_of_a_token() -> None:
    with pytest.raises(ValueError, match="a public key is no secret"):
        PROVIDERS["fusionauth"].scheme.check_secret("-----BEGIN PUBLIC KEY-----\nfake")


HOSTILE = [
    "http://{host}{path}",
    "https://{host}.evil.example{path}",
    "https://evil.example/{host}{path}",
    "https://user@{host}{path}",
    "https://{host}@evil.example{path}",
    "https://{host}:443{path}",
    "https://{host}{path}?a=b",
    "https://{host}{path}#a",
    "https://{host}/..{path}",
    "https://{host}\\@evil.example{path}",
    "https://evil.example\\.{host}{path}",
    "https://x{host}{path}",
    "HTTPS://{host}{path}",
    "https://{HOST}{path}",
    " https://{host}{path}",
    "https://{host}\n{path}",
    "https://{host}.{path}",
    "file:///etc/passwd",
    "",
]


def never(asked: list[str]) -> Callable[[str], bytes]:
    def fetch(url: str) -> bytes:
        asked.append(url)
        return b""

    return fetch


@pytest.mark.parametrize("template", HOSTILE)
def test_a_hostile_url_is_never_asked_for(template: str) -> None:
    asked: list[str] = []
    paypal, sns = "api.paypal.com", "sns.us-east-1.amazonaws.com"
    url = template.format(host=paypal, HOST=paypal.upper(), path="/v1/notifications/certs/CERT-1")
    assert code("paypal", signed("paypal", headers={"PAYPAL-CERT-URL": url}), fetch=never(asked)) in (
        "key_untrusted",
        "signature_missing",
    )
    message = json.loads(signed("aws_sns").body)
    message["SigningCertURL"] = template.format(host=sns, HOST=sns.upper(), path="/S.pem")
    hostile = signed("aws_sns", body=json.dumps(message).encode())
    assert code("aws_sns", hostile, fetch=never(asked)) == "key_untrusted"
    header = {"alg": "ES512", "kid": "k", "tl_version": "2", "tl_headers": ""}
    host = "webhooks.truelayer.com"
    header["jku"] = template.format(host=host, HOST=host.upper(), path="/.well-known/jwks")
    first = write_parts(header, {}).partition(".")[0]
    assert code(
        "truelayer", signed("truelayer", headers={"Tl-Signature": f"{first}..AAAA"}), fetch=never(asked)
    ) == ("key_untrusted")
    assert asked == []


_SANDBOX_JKU = "https://webhooks.truelayer-sandbox.com/.well-known/jwks"


def test_a_sandbox_is_believed_only_where_the_source_says_so() -> None:
    given = credentials("truelayer")
    draft = sample(PROVIDERS["truelayer"], url=URL, event_id="evt_1", now=NOW)
    options = {**given.sign_options, "jku": _SANDBOX_JKU}
    delivery = sign("truelayer", draft, given.signing, now=NOW, options=options)
    keys = given.options["fetch"](given.sign_options["jku"])
    for sandbox in (False, "true", None):
        asked: list[str] = []
        assert code("truelayer", delivery, fetch=never(asked), sandbox=sandbox) == "key_untrusted"
        assert asked == []
    assert code("truelayer", delivery, fetch={_SANDBOX_JKU: keys}.get, sandbox=True) == "accepted"
    assert code("truelayer", signed("truelayer"), sandbox=True) == "accepted"


@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1", "us-gov-west-1", "ap-southeast-2"])
def test_every_region_of_sns_is_asked(region: str) -> None:
    asked: list[str] = []
    message = json.loads(signed("aws_sns").body)
    message["SigningCertURL"] = f"https://sns.{region}.amazonaws.com/SimpleNotificationService-1.pem"
    assert (
        code("aws_sns", signed("aws_sns", body=json.dumps(message).encode()), fetch=never(asked))
        == "key_untrusted"
    )
    assert asked == [message["SigningCertURL"]]


@pytest.mark.parametrize("key_id", ["../x", "a/b", "", "a" * 200, "a?b", "..", 5, None, ["a"]])
def test_a_hostile_key_id_is_never_asked_for(key_id: Any) -> None:
    asked: list[str] = []
    fields = {"alg": "ecdsa", "kid": key_id, "signature": "AAAA", "digest": "SHA1"}
    header = base64.b64encode(json.dumps(fields).encode()).decode()
    assert (
        code("ebay", signed("ebay", headers={"x-ebay-signature": header}), fetch_key=never(asked))
        == "key_untrusted"
    )
    plaid = write_parts({"alg": "ES256", "kid": key_id}, {}) + ".AAAA"
    assert (
        code("plaid", signed("plaid", headers={"Plaid-Verification": plaid}), fetch_key=never(asked))
        == "key_untrusted"
    )
    assert asked == []


@pytest.mark.parametrize(
    "answer", [None, {}, "", {"key": None}, {"key": "x"}, {"kty": "EC", "crv": "P-256", "x": 1}]
)
def test_an_answer_that_is_no_key_is_refused(answer: Any) -> None:
    for name in ("ebay", "plaid"):
        assert code(name, signed(name), fetch_key=lambda _: answer) == "key_untrusted"
    for name in ("paypal", "aws_sns", "truelayer"):
        assert code(name, signed(name), fetch=lambda _: None) == "key_untrusted"
        assert code(name, signed(name), fetch=lambda _: "no certificate") == "key_untrusted"


def test_an_expired_key_or_certificate_is_refused() -> None:
    key = {**credentials("plaid").options["fetch_key"]("fake-key")["key"], "expired_at": int(NOW)}
    assert code("plaid", signed("plaid"), fetch_key=lambda _: {"key": key}) == "key_untrusted"
    assert code("aws_sns", signed("aws_sns"), now=NOW + 30 * 365 * 86400) == "key_untrusted"


def test_twilio_tries_a_url_with_and_without_its_port() -> None:
    assert set(url_spellings("https://h/x")) == {"https://h/x", "https://h:443/x"}
    assert set(url_spellings("http://h:8080/x")) == {"http://h:8080/x", "http://h/x"}
    assert url_spellings("ftp://h/x") == ("ftp://h/x",)


def test_numbers_are_written_as_javascript_does() -> None:
    numbers = [1.0, 1e21, 1e20, 123.456, 1e-6, 1e-7, -2.5e300, 0.0, 5e-324, 12345678901234567890.0]
    texts = "1 1e+21 100000000000000000000 123.456 0.000001 1e-7 -2.5e+300 0 5e-324 12345678901234567000"
    assert [es6_number(number) for number in numbers] == texts.split()
    assert (
        canonical({"\ufb33": [None, True], "\U0001f600": "\n\u20ac"}, str)
        == '{"\U0001f600":"\\n\u20ac","\ufb33":[null,true]}'
    )
    with pytest.raises(ValueError, match="no such number"):
        es6_number(float("nan"))


def test_items_of_a_batch_must_all_carry_the_token() -> None:
    body = b'{"value": [{"clientState": "%s"}, {"clientState": "other"}]}' % SECRET.encode()
    assert code("microsoft_graph", signed("microsoft_graph", body=body)) == "signature_mismatch"
    assert code("microsoft_graph", signed("microsoft_graph", body=b'{"value": []}')) == "signature_missing"


def test_adyen_checks_every_item() -> None:
    document = json.loads(signed("adyen").body)
    (item,) = document["notificationItems"]
    forged = json.loads(json.dumps(item).replace("evt_1", "evt_2"))
    body = json.dumps({"notificationItems": [item, forged]}).encode()
    assert code("adyen", signed("adyen", body=body)) == "signature_mismatch"


def test_a_header_full_of_signatures_costs_no_more_than_a_few() -> None:
    whole = signed("standardwebhooks_v1a")
    right = whole.header("webhook-signature") or ""
    wrong = "v1a," + base64.b64encode(bytes(64)).decode()
    few = " ".join([wrong] * 7 + [right])
    many = " ".join([wrong] * 8 + [right])
    assert code("standardwebhooks_v1a", with_changes(whole, headers={"webhook-signature": few})) == "accepted"
    assert (
        code("standardwebhooks_v1a", with_changes(whole, headers={"webhook-signature": many}))
        == "signature_mismatch"
    )


def test_a_message_of_another_topic_fetches_nothing() -> None:
    asked: list[str] = []
    other: list[Secret] = ["arn:aws:sns:us-east-1:123456789012:Other"]
    assert code("aws_sns", signed("aws_sns"), secrets=other, fetch=never(asked)) == "signature_mismatch"
    assert asked == []
