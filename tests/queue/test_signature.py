import base64
import hashlib
import time
import warnings
from typing import Any

import jwt
import pytest
from qstash import Receiver as OfficialReceiver

from docspasta_mcp.broker.signing import new_key, sign
from docspasta_mcp.errors import BadSignature, ConfigError
from docspasta_mcp.queue.signature import Receiver

URL, BODY = "https://docspasta.example/api/v4/process", b'{"a": 1}'
CURRENT, FOLLOWING = new_key(), new_key()
RECEIVER = Receiver(CURRENT, FOLLOWING)


def token(key: str = CURRENT, algorithm: str = "HS256", **changes: Any) -> str:
    now = int(time.time())
    body = base64.urlsafe_b64encode(hashlib.sha256(BODY).digest()).decode()
    claims = {"iss": "Upstash", "sub": URL, "exp": now + 300, "nbf": 0, "iat": now, "jti": "jwt_1", "body": body}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a key too short for HS512
        return jwt.encode({k: v for k, v in (claims | changes).items() if v is not None}, key, algorithm=algorithm)


@pytest.mark.parametrize("key", [CURRENT, FOLLOWING], ids=["current", "next"])
def test_what_the_broker_signs_is_trusted_here_and_by_the_official_receiver(key: str) -> None:
    signature = sign(key=key, destination=URL, body=BODY)
    RECEIVER.verify(signature=signature, body=BODY, destination=URL)
    OfficialReceiver(CURRENT, FOLLOWING).verify(signature=signature, body=BODY.decode(), url=URL)


@pytest.mark.parametrize(
    "signature",
    [
        None, "", "x", "a.b.c", "x" * 5000, token(key=new_key()), token(iss="Someone"), token(iss=None), token(sub=None),
        token(sub=URL + "/"), token(exp=int(time.time()) - 60), token(exp=None), token(nbf=int(time.time()) + 3600),
        token(nbf=None), token(body=None), token(body=""), token(body="AAAA"), token(body=5), token(algorithm="HS512"),
        jwt.encode({"iss": "Upstash"}, "", algorithm="none"), token()[:-2], token().upper(), "é" + token(),
    ],
    ids=lambda _: "forgery",
)  # fmt: skip
def test_a_forged_signature_is_refused(signature: str | None) -> None:
    with pytest.raises(BadSignature):
        RECEIVER.verify(signature=signature, body=BODY, destination=URL)


def test_a_signature_holds_for_one_body_and_one_destination() -> None:
    signature = token()
    RECEIVER.verify(signature=signature, body=BODY, destination=URL)
    with pytest.raises(BadSignature):
        RECEIVER.verify(signature=signature, body=BODY + b" ", destination=URL)
    with pytest.raises(BadSignature):
        RECEIVER.verify(signature=signature, body=BODY, destination=URL.replace("process", "failed"))


def test_clocks_may_differ_by_half_a_minute() -> None:
    RECEIVER.verify(signature=token(exp=int(time.time()) - 20), body=BODY, destination=URL)


@pytest.mark.parametrize("keys", [("", FOLLOWING), (CURRENT, ""), ("", "")], ids=["current", "next", "both"])
def test_an_empty_key_is_refused(keys: tuple[str, str]) -> None:
    with pytest.raises(ConfigError, match="QSTASH_CURRENT_SIGNING_KEY"):
        Receiver(*keys)


def test_keys_are_not_shown() -> None:
    assert CURRENT not in repr(RECEIVER)
