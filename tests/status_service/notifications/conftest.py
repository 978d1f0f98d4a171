"""The service's application on a small hall, as in the tests of its API."""

from __future__ import annotations

from tests.status_service.api.conftest import bureau, channel, client

__all__ = ["bureau", "channel", "client"]
