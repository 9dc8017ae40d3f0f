"""Destinations for the broker that stands in for QStash here too."""

from tests.broker.conftest import target, target_server

__all__ = ["target", "target_server"]
