"""The embedded broker: QStash's own HTTP API and delivery semantics on one machine.

It knows nothing of crawls. Sources: QStash's public documentation and openapi.yaml (github.com/upstash/docs),
and the wire format of the official `qstash` SDK 3.x.
"""
