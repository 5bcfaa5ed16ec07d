"""Errors of the Bot Connector."""


class ConnectorError(Exception):
    """A response with this HTTP status, code and message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
