"""The broker's HTTP API, under `/v2`: one file per kind of thing, as the official SDKs call it."""
