"""What the broker's API answers when it cannot do what was asked: `{"error": …}` with a status."""


class ApiError(Exception):
    """A refusal with its HTTP status; the text goes to the caller."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class BadRequest(ApiError):
    """The call makes no sense as it is."""

    def __init__(self, message: str) -> None:
        super().__init__(400, message)


class BrokerUnusable(Exception):
    """The broker's file cannot be opened: it is damaged, read-only or no database."""


class BrokerBusy(Exception):
    """Another process serves this broker's file."""
