"""The HTTP doors: webhook, REST API, health."""
