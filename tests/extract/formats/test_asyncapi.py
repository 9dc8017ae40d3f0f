"""AsyncAPI documents as pages: what a reader of the Markdown finds, for versions 2 and 3."""

import json

from docspasta_mcp.extract.formats.asyncapi.pages import pages_of
from docspasta_mcp.extract.formats.openapi.parse import is_specification, looks_like_specification, parse_document

URL = "https://api.example.com/asyncapi.yaml"

LIGHTS_2 = """
asyncapi: 2.6.0
info: {title: Lights, version: 1.0.0, description: "# Start\\nTurn them on."}
servers:
  production:
    url: '{region}.example.com:1883'
    protocol: mqtt
    description: Live
    variables: {region: {default: eu, enum: [eu, us]}}
    security: [{saslScram: []}]
defaultContentType: application/json
channels:
  light/measured/{lampId}:
    description: What a lamp measures.
    parameters: {lampId: {description: Which lamp., schema: {type: string, maxLength: 9}}}
    publish:
      operationId: receiveLight
      summary: Hear of light
      tags: [{name: lamps, description: All about lamps.}]
      traits: [{$ref: '#/components/operationTraits/kafka'}]
      message: {$ref: '#/components/messages/lightMeasured'}
    subscribe:
      operationId: turnOn
      message:
        oneOf: [{$ref: '#/components/messages/turnOn'}, {name: dim, payload: {type: integer, minimum: 1}}]
components:
  messages:
    lightMeasured:
      name: lightMeasured
      title: Light measured
      headers: {type: object, properties: {trace: {type: string}}}
      correlationId: {location: '$message.header#/trace', description: To follow it}
      payload: {$ref: '#/components/schemas/light'}
      examples: [{name: bright, payload: {lumens: 7}}]
    turnOn: {payload: {type: object, required: [command], properties: {command: {type: string, enum: ['on', 'off']}}}}
    unused: {summary: Nobody sends it, payload: {type: string}}
    avro: {schemaFormat: 'application/vnd.apache.avro;version=1.9.0', payload: {type: record, name: A}}
  operationTraits: {kafka: {bindings: {kafka: {clientId: my-app}}}}
  schemas:
    light: {type: object, properties: {lumens: {type: integer, minimum: 0, description: Light intensity.}}}
  securitySchemes: {saslScram: {type: scramSha256, description: By name and secret}}
"""

LIGHTS_3 = """
asyncapi: 3.0.0
info: {title: Lights, version: 1.0.0, tags: [{name: lamps, description: All about lamps.}]}
servers: {live: {host: example.com, pathname: /v3, protocol: kafka}}
channels:
  measured:
    address: light.measured.{lampId}
    parameters: {lampId: {description: Which lamp., enum: [a, b]}}
    messages: {light: {$ref: '#/components/messages/light'}}
  asked: {address: ask, messages: {ask: {payload: {type: string}}}}
  answered: {messages: {answer: {payload: {type: boolean}}}}
  silent: {address: nobody, messages: {hush: {payload: {const: hush}}}}
operations:
  receiveLight:
    action: receive
    channel: {$ref: '#/channels/measured'}
    summary: Hear of light
    tags: [{name: lamps}]
    security: [{$ref: '#/components/securitySchemes/login'}]
    messages: [{$ref: '#/channels/measured/messages/light'}]
  askIt:
    action: send
    channel: {$ref: '#/channels/asked'}
    reply: {channel: {$ref: '#/channels/answered'}, address: {location: '$message.header#/replyTo'}}
components:
  messages:
    light: {contentType: application/json, payload: {schemaFormat: 'application/vnd.aai.asyncapi+json;version=3.0.0', schema: {$ref: '#/components/schemas/light'}}}
  schemas: {light: {type: object, properties: {lumens: {type: integer, description: Light intensity.}}}}
  securitySchemes: {login: {type: oauth2, scopes: [read], flows: {implicit: {authorizationUrl: 'https://a/x', availableScopes: {read: Look around}}}}}
"""


def pages(source: str) -> dict[str, str]:
    return {page.name: page.markdown for page in pages_of(URL, {URL: parse_document(source)})}


def test_version_2_is_told_by_its_channels() -> None:
    found = pages(LIGHTS_2)
    assert list(found) == ["", "tag/lamps", "tag/Other operations", "messages", "schemas"]
    overview = found[""]
    assert "# Lights\n\nVersion 1.0.0\n\n## Start\nTurn them on." in overview
    assert (
        "| `production` | `{region}.example.com:1883` | Protocol `mqtt`<br>Live<br>`{region}`<br>One of `eu`, `us`; Default `eu` |"
        in overview
    )
    assert "| `saslScram` | scramSha256 | By name and secret |" in overview
    assert "| `PUBLISH` | `light/measured/{lampId}` | Hear of light | `lightMeasured` |" in overview
    lamps = found["tag/lamps"]
    assert "All about lamps." in lamps
    assert "## `PUBLISH light/measured/{lampId}` Hear of light {#receiveLight}" in lamps
    assert "| `lampId` | string | Which lamp.<br>At most `9` characters |" in lamps
    assert "### Message `lightMeasured` Light measured" in lamps
    assert "| `trace` | string |" in lamps
    assert "Correlation id at `$message.header#/trace`. To follow it" in lamps
    assert "Payload (`application/json`): light" in lamps
    assert "| `lumens` | integer | Light intensity.<br>At least `0` |" in lamps
    assert '```json\n{\n  "lumens": 7\n}\n```' in lamps
    assert '"clientId": "my-app"' in lamps  # of its trait
    rest = found["tag/Other operations"]
    assert "### Message `turnOn`" in rest
    assert "| `command` | string | yes | One of `on`, `off` |" in rest
    assert "### Message `dim`" in rest
    assert "## Message `unused`" in found["messages"]
    assert "lightMeasured" not in found["messages"]
    assert "Payload (`application/json`), `application/vnd.apache.avro;version=1.9.0`:" in found["messages"]
    assert "## light\n" in found["schemas"]


def test_version_3_is_told_by_its_operations() -> None:
    found = pages(LIGHTS_3)
    assert list(found) == ["", "tag/lamps", "tag/Other operations", "messages", "schemas"]
    assert "| `live` | `example.com/v3` | Protocol `kafka` |" in found[""]
    assert "| `nobody` |" in found[""]
    assert "| `read` | Look around |" in found[""]
    lamps = found["tag/lamps"]
    assert "All about lamps." in lamps
    assert "## `RECEIVE light.measured.{lampId}` Hear of light {#receiveLight}" in lamps
    assert "Channel `measured`" in lamps
    assert "| `lampId` | string | Which lamp.<br>One of `a`, `b` |" in lamps
    assert "### Message `light`" in lamps
    assert "Payload (`application/json`): light" in lamps
    assert "Authentication: `login` (scopes `read`)" in lamps
    asked = found["tag/Other operations"]
    assert "## `SEND ask` {#askIt}" in asked
    assert "Payload: string" in asked
    assert "### Reply `answered`" in asked
    assert "Sent to `$message.header#/replyTo`." in asked
    assert "Payload: boolean" in asked
    assert "Message `hush`" in found["messages"]


def test_json_and_yaml_give_the_same_pages_and_are_known() -> None:
    document = parse_document(LIGHTS_3)
    assert pages(json.dumps(document)) == pages(LIGHTS_3)
    assert is_specification(document)
    for source in (LIGHTS_2, LIGHTS_3, json.dumps(document), json.dumps(document, indent=2)):
        assert looks_like_specification(source)
    assert not is_specification({"asyncapi": "2.6.0"})
    assert not is_specification({"asyncapi": "1.2.0", "topics": {}})


def test_what_is_not_as_it_should_be_harms_nothing_else() -> None:
    document = parse_document(LIGHTS_3)
    document["operations"]["odd"] = {
        "action": 7,
        "channel": "x",
        "messages": 3,
        "tags": ["y"],
        "reply": [],
        "traits": [1],
    }
    document["channels"]["odd"] = None
    document["components"]["messages"]["odd"] = []
    assert "{#receiveLight}" in {page.name: page.markdown for page in pages_of(URL, {URL: document})}["tag/lamps"]
