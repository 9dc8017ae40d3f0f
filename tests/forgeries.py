"""Forged signatures of a delivery: each claim wrong in turn, each algorithm, and random damage to a good token."""

import base64
import hashlib
import json
import random
import time
import warnings
from collections.abc import Iterator
from typing import Any

import jwt

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=.+/ \u00e9"


def claims_of(destination: str, body: bytes) -> dict[str, Any]:
    """Return the claims of a good token."""
    now = int(time.time())
    digest = base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode()
    return {
        "iss": "Upstash",
        "sub": destination,
        "exp": now + 300,
        "nbf": 0,
        "iat": now,
        "jti": "jwt_1",
        "body": digest,
    }


def encode(claims: dict[str, Any], key: str, algorithm: str = "HS256", headers: dict[str, Any] | None = None) -> str:
    """Sign claims; None leaves one out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # keys too short for HS512
        given = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(given, key, algorithm=algorithm, headers=headers)


def forgeries(key: str, *, destination: str, body: bytes) -> dict[str, str]:
    """Return forgeries by name; `key` is the one that good tokens are signed with."""
    good = claims_of(destination, body)
    now = good["iat"]
    wrong: dict[str, list[Any]] = {
        "iss": ["Someone", "upstash", "", None, 5, ["Upstash"]],
        "sub": [destination + "/", destination.upper(), destination.replace("https", "http"), "https://evil.example/api/v4/process",
                destination.replace("process", "failed"), destination + "?x=1", "", None, 5],
        "exp": [now - 60, 0, -1, None, "soon", float("inf"), float("nan"), [], "99999999999999999999x", True, 10**400],
        "nbf": [now + 60, None, "x", float("inf")],
        "iat": [now + 600, None, "x", float("inf")],
        "jti": ["", None, 5, "x" * 129, ["jwt_1"]],
        "body": ["", "AAAA", None, 5, hashlib.sha256(body).hexdigest(), base64.urlsafe_b64encode(hashlib.sha256(body + b" ").digest()).decode()],
    }  # fmt: skip
    tokens = {
        f"{name}={value!r:.30}": _encode_any(good | {name: value}, key)
        for name, all_ in wrong.items()
        for value in all_
    }
    head, middle, tail = encode(good, key).split(".")
    none = _part({"alg": "none", "typ": "JWT"})
    others = {
        "empty": "", "x": "x", "dots": "..", "long": "x" * 5_000, "two parts": f"{head}.{middle}", "no tail": f"{head}.{middle}.",
        "four parts": f"{head}.{middle}.{tail}.{tail}", "alg none": f"{none}.{middle}.", "alg none signed": f"{none}.{middle}.{tail}",
        "alg None": f"{_part({'alg': 'None'})}.{middle}.", "alg missing": f"{_part({'typ': 'JWT'})}.{middle}.{tail}",
        "alg list": f"{_part({'alg': ['HS256']})}.{middle}.{tail}", "other key": encode(good, "sig_" + "0" * 28),
        "empty key": encode(good, "x" * 32).rpartition(".")[0] + "." + base64.urlsafe_b64encode(b"").decode(),
        "HS384": encode(good, key, "HS384"), "HS512": encode(good, key, "HS512"), "upper": f"{head}.{middle}.{tail}".upper(),
        "header nested": f"{base64.urlsafe_b64encode(b'[' * 2_500).decode()}.{middle}.{tail}",
        "header no JSON": f"e30x.{middle}.{tail}", "header list": f"{_part([])}.{middle}.{tail}", "crit": encode(good, key, headers={"crit": ["x"]}),
        "b64": encode(good, key, headers={"crit": ["b64"], "b64": False}), "kid": encode(good, "k" * 32, headers={"kid": "../../etc/passwd"}),
        "alg other": _sign({"alg": "HS512"}, good, key), "claims list": _sign({"alg": "HS256"}, [good], key), "claims nested": _sign({"alg": "HS256"}, "[" * 2_500, key),
        "jwk": encode(good, "k" * 32, headers={"jwk": {"kty": "oct", "k": "a2tra2tr"}}), "latin": f"\u00e9{head}.{middle}.{tail}",
        "same bits": f"{head}.{middle}.{tail[:-1]}{_same_bits(tail[-1])}", "padded": f"{head}.{middle}.{tail}=", "stray": f"{head}.{middle}.{tail[:9]}!{tail[9:]}",
        "bearer": f"Bearer {head}.{middle}.{tail}", "two tokens": f"{head}.{middle}.{tail}, {head}.{middle}.{tail}",
    }  # fmt: skip
    return tokens | others


def mutations(good: str, *, count: int, seed: int) -> Iterator[str]:
    """Yield damaged tokens: characters changed, dropped, doubled, swapped, parts exchanged; never the good one."""
    rng = random.Random(seed)
    made = 0
    while made < count:
        chars = list(good)
        for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
            at = rng.randrange(len(chars))
            match rng.randrange(5):
                case 0:
                    chars[at] = rng.choice(_ALPHABET)
                case 1:
                    del chars[at]
                case 2:
                    chars.insert(at, rng.choice(_ALPHABET))
                case 3:
                    chars[at], chars[at - 1] = chars[at - 1], chars[at]
                case _:
                    parts = "".join(chars).split(".")
                    rng.shuffle(parts)
                    chars = list(".".join(parts))
        text = "".join(chars).strip()
        if text != good:
            made += 1
            yield text


def _encode_any(claims: dict[str, Any], key: str) -> str:
    """Sign claims of any type, which PyJWT's own encoder would refuse."""
    return _sign(
        {"alg": "HS256", "typ": "JWT"}, {name: value for name, value in claims.items() if value is not None}, key
    )


def _sign(header: dict[str, Any], claims: Any, key: str) -> str:
    signed = f"{_part(header)}.{_part(claims)}"
    digest = jwt.get_algorithm_by_name("HS256").sign(signed.encode(), key.encode())
    return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def _part(data: Any) -> str:
    text = data if isinstance(data, str) else json.dumps(data)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _same_bits(last: str) -> str:
    """Return another last character of 43 that decodes to the same 32 bytes: two of its bits stand for nothing."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return alphabet[alphabet.index(last) ^ 1]
