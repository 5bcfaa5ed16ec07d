"""How the Bot Connector says no."""


class ConnectorError(Exception):
    """An HTTP status with the connector's own code and sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
