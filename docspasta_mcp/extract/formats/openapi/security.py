"""Say how a caller proves who it is: the schemes of a specification, and what one operation demands."""

from collections.abc import Mapping
from typing import Any

from docspasta_mcp.extract.formats.openapi.references import References
from docspasta_mcp.extract.formats.openapi.values import code, joined, mapping, sequence, table, text

_FLOWS = {
    "implicit": "implicit",
    "password": "password",
    "clientCredentials": "client credentials",
    "authorizationCode": "authorization code",
    "deviceAuthorization": "device authorization",
}
_URLS = (
    ("authorizationUrl", "authorize at"),
    ("deviceAuthorizationUrl", "authorize a device at"),
    ("tokenUrl", "token from"),
    ("refreshUrl", "refresh at"),
)


def demands(security: Any) -> str:
    """Return what an operation demands of its caller; nothing if the specification does not say."""
    if not isinstance(security, list):
        return ""
    options: list[str] = []
    for option in map(mapping, sequence(security)):
        schemes = [
            f"{code(name)}{_scopes(scopes)}" for name, scopes in option.items()
        ]  # all of them together; an empty option lets everybody in
        options.append(" and ".join(schemes) or "none")
    return f"Authentication: {', or '.join(options) or 'none'}"


def _scopes(scopes: Any) -> str:
    names = [code(one) for one in sequence(scopes)]
    return f" (scopes {', '.join(names)})" if names else ""


def schemes_told(references: References, schemes: Mapping[str, Any], base: str) -> str:
    """Return the security schemes of a specification as a table, and the scopes of their OAuth flows."""
    rows: list[tuple[str, str, str]] = []
    scopes: list[str] = []
    for name, value in schemes.items():
        scheme = mapping(references.resolve(value, base).value)
        flows = mapping(scheme.get("flows"))
        said = [_flow(kind, mapping(flow)) for kind, flow in flows.items()]
        rows.append((code(name), _kind(scheme), joined([text(scheme.get("description")), *said])))
        found = {
            scope: meaning
            for flow in map(mapping, flows.values())
            for scope, meaning in mapping(flow.get("scopes", flow.get("availableScopes"))).items()  # in AsyncAPI 3
        }
        if listed := table(("Scope", "Meaning"), [(code(scope), text(meaning)) for scope, meaning in found.items()]):
            scopes.append(joined([f"Scopes of {code(name)}:", listed]))
    return joined([table(("Name", "Type", "Description"), rows), *scopes])


def _kind(scheme: Mapping[str, Any]) -> str:
    kind = text(scheme.get("type"))
    if kind == "apiKey":
        return f"API key in {text(scheme.get('in'))} {code(scheme.get('name', ''))}"
    if kind == "http":
        form = text(scheme.get("bearerFormat"))
        return f"HTTP {text(scheme.get('scheme'))}{f' ({form})' if form else ''}"
    if kind == "openIdConnect":
        return f"OpenID Connect {code(scheme.get('openIdConnectUrl', ''))}"
    return {"oauth2": "OAuth 2", "mutualTLS": "client certificate"}.get(kind, kind)


def _flow(kind: str, flow: Mapping[str, Any]) -> str:
    urls = [f"{words} {code(flow[name], 1_000)}" for name, words in _URLS if text(flow.get(name))]
    return f"{_FLOWS.get(kind, kind)} flow: {', '.join(urls)}" if urls else f"{_FLOWS.get(kind, kind)} flow"
