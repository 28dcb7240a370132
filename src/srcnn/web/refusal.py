"""What is answered where a request cannot be done: a status, and what to do about it."""

import re

RETRY_SECONDS = 5


class Refusal(Exception):  # noqa: N818 - an answer of the service, not an error of the package
    """Ends a request.

    Args:
        status: of HTTP.
        message: one line.
        retry: seconds after which it is worth trying again.
    """

    def __init__(self, status: int, message: str, retry: int | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.retry = status, message, retry

    def headers(self) -> dict[str, str]:
        """Headers of the answer."""
        return {} if self.retry is None else {"Retry-After": str(self.retry)}


def in_words_of_the_service(message: str) -> str:
    """A message of a command: its options are called as parameters are."""
    return re.sub(r"--([a-z]+(?:-[a-z]+)*)", lambda found: found[1].replace("-", "_"), message)
