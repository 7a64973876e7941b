"""A secret for every provider, and what signs and verifies with it; made for the tests, all of it fake."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from webhooks.providers.catalog import PROVIDERS
from webhooks.signatures import Options, Secret
from webhooks.signatures.asymmetric import jwk_key

NOW = 1_790_000_000.0

_TEXT = "fake_secret_for_tests_0123456789abcdef"
_HEX = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
_BASE64 = base64.b64encode(b"fake key of thirty-two bytes ...").decode()
_SNS_URL = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
_PAYPAL_URL = "https://api.paypal.com/v1/notifications/certs/CERT-fake"
_TRUELAYER_URL = "https://webhooks.truelayer.com/.well-known/jwks"


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What one source and its sender share.

    Attributes:
        secret: as the source is configured; None where it configures none.
        signing: what the sender signs with.
        options: the source's options.
        sign_options: the sender's.
    """

    secret: Secret | None
    signing: Secret
    options: Options = field(default_factory=dict)
    sign_options: Options = field(default_factory=dict)

    @property
    def secrets(self) -> list[Secret]:
        """The secrets of the source."""
        return [] if self.secret is None else [self.secret]


@cache
def credentials(name: str) -> Credentials:
    """Return credentials for a provider of the catalogue."""
    if name in _MAKERS:
        return _MAKERS[name]()
    secret: Secret = _TABLES.get(name) or _by_key_form(name)
    return Credentials(secret=secret, signing=secret)


_TABLES: dict[str, Secret] = {
    "braintree": {"public_key": "fake_public_key", "private_key": "fake_private_key"},
    "livekit": {"api_key": "APIfake", "api_secret": _TEXT},
    "pusher": {"key": "fakekey", "secret": _TEXT},
    "vonage_sms_sig": {"method": "sha256", "secret": _TEXT},
    "adyen": _HEX,
    "strava": "120475",
}


def _by_key_form(name: str) -> Secret:
    scheme: Any = PROVIDERS[name].scheme
    for inner in ("scheme", "shared"):
        scheme = getattr(scheme, inner, scheme)
    scheme = getattr(scheme, "schemes", [scheme])[0]
    forms = {"hex": _HEX, "base64": _BASE64, "whsec": f"whsec_{_BASE64}", "inngest": "signkey-test-0123abcd"}
    return forms.get(getattr(scheme, "key", "text"), _TEXT)


@cache
def _ec_key(curve: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1() if curve == "P-256" else ec.SECP521R1())


@cache
def _ed_key() -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


@cache
def _rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _pem(key: Any) -> str:
    encoding, layout = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return str(key.private_bytes(encoding, layout, serialization.NoEncryption()).decode())


def _spki(key: Any) -> str:
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(der).decode()


def _raw_public() -> bytes:
    return _ed_key().public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _jwk(curve: str) -> dict[str, str]:
    numbers = _ec_key(curve).public_key().public_numbers()
    size = 32 if curve == "P-256" else 66
    x, y = (base64.urlsafe_b64encode(n.to_bytes(size)).decode().rstrip("=") for n in (numbers.x, numbers.y))
    jwk = {"kty": "EC", "crv": curve, "x": x, "y": y, "kid": "fake-key"}
    assert jwk_key(jwk) is not None
    return jwk


def certificate(
    key: Any, *, issuer_key: Any = None, name: str, issuer: str, mark: str | None, ca: bool
) -> Any:
    """Return a certificate for the public half of `key`."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2045, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if mark is not None:
        oid = x509.ObjectIdentifier(mark)
        builder = builder.add_extension(x509.UnrecognizedExtension(oid, b"\x05\x00"), critical=False)
    return builder.sign(issuer_key or key, hashes.SHA256())


def _pem_certificate() -> bytes:
    made = certificate(_rsa_key(), name="fake", issuer="fake", mark=None, ca=False)
    return bytes(made.public_bytes(serialization.Encoding.PEM))


def _apple() -> Credentials:
    root_key, middle_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    root = certificate(root_key, name="root", issuer="root", mark=None, ca=True)
    middle_mark, leaf_mark = "1.2.840.113635.100.6.2.1", "1.2.840.113635.100.6.11.1"
    middle = certificate(
        middle_key, issuer_key=root_key, name="middle", issuer="root", mark=middle_mark, ca=True
    )
    leaf = certificate(
        leaf_key, issuer_key=middle_key, name="leaf", issuer="middle", mark=leaf_mark, ca=False
    )
    chain = [
        base64.b64encode(one.public_bytes(serialization.Encoding.DER)).decode()
        for one in (leaf, middle, root)
    ]
    table = {
        "root_certificate": chain[2],
        "bundle_id": "com.example.fake",
        "environment": "Production",
        "app_apple_id": "1234",
    }
    return Credentials(
        secret=table, signing=table, sign_options={"private_key": _pem(leaf_key), "chain": chain}
    )


def _sns() -> Credentials:
    arn = "arn:aws:sns:us-east-1:123456789012:Fake"
    return Credentials(
        secret=arn,
        signing=arn,
        options={"fetch": {_SNS_URL: _pem_certificate()}.get},
        sign_options={"private_key": _pem(_rsa_key()), "cert_url": _SNS_URL},
    )


def _paypal() -> Credentials:
    return Credentials(
        secret="FAKEWEBHOOKID",
        signing="FAKEWEBHOOKID",
        options={"fetch": {_PAYPAL_URL: _pem_certificate()}.get},
        sign_options={"private_key": _pem(_rsa_key()), "cert_url": _PAYPAL_URL},
    )


def _ebay() -> Credentials:
    return Credentials(
        secret=None,
        signing=_pem(_ec_key("P-256")),
        options={"fetch_key": {"fake-key": {"key": _spki(_ec_key("P-256"))}}.get},
        sign_options={"key_id": "fake-key"},
    )


def _plaid() -> Credentials:
    return Credentials(
        secret=None,
        signing=_pem(_ec_key("P-256")),
        options={"fetch_key": {"fake-key": {"key": _jwk("P-256")}}.get},
        sign_options={"key_id": "fake-key"},
    )


def _truelayer() -> Credentials:
    document = json.dumps({"keys": [{"kty": "RSA", "kid": "other"}, _jwk("P-521")]}).encode()
    return Credentials(
        secret=None,
        signing=_pem(_ec_key("P-521")),
        options={"fetch": {_TRUELAYER_URL: document}.get},
        sign_options={"key_id": "fake-key", "jku": _TRUELAYER_URL},
    )


_MAKERS = {
    "apple_appstore": _apple,
    "aws_sns": _sns,
    "discord": lambda: Credentials(secret=_raw_public().hex(), signing=_pem(_ed_key())),
    "ebay": _ebay,
    "paypal": _paypal,
    "plaid": _plaid,
    "postal": lambda: Credentials(secret=_spki(_rsa_key()), signing=_pem(_rsa_key())),
    "sendgrid": lambda: Credentials(secret=_spki(_ec_key("P-256")), signing=_pem(_ec_key("P-256"))),
    "standardwebhooks_v1a": lambda: Credentials(
        secret="whpk_" + base64.b64encode(_raw_public()).decode(), signing=_pem(_ed_key())
    ),
    "telnyx": lambda: Credentials(secret=base64.b64encode(_raw_public()).decode(), signing=_pem(_ed_key())),
    "truelayer": _truelayer,
}
