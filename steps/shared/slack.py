"""The campaign channel on Slack, by incoming webhook.

A post is said at least once: where Slack takes a message and its answer gets lost, nobody can tell and
it is sent again. An incoming webhook has no key by which Slack would drop the second one.
"""

import re
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities import parameters
from slack_sdk.http_retry.builtin_handlers import (
    ConnectionErrorRetryHandler,
    RateLimitErrorRetryHandler,
    ServerErrorRetryHandler,
)
from slack_sdk.webhook import WebhookClient

from steps.shared.storage import console_url

if TYPE_CHECKING:
    from slack_sdk.http_retry import RetryHandler
    from slack_sdk.http_retry.request import HttpRequest
    from slack_sdk.http_retry.response import HttpResponse
    from slack_sdk.http_retry.state import RetryState

_SECRET_SECONDS = 300
_TIMEOUT_SECONDS = 10
_LONGEST_RETRY_AFTER = 10
_LONGEST_BLOCK = 2900
_MOST_WARNINGS = 10
# Control characters, line and paragraph separators, and what overrides the direction of text.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


class SlackError(Exception):
    """Slack did not take a message. Says the status, never the webhook's URL, which is a secret."""

    code = "Slack"


class _ShortRateLimit(RateLimitErrorRetryHandler):
    """Waits as long as Slack asks for, if that is short: a longer wait is the queue's business."""

    def _can_retry(
        self,
        *,
        state: "RetryState",
        request: "HttpRequest",
        response: "HttpResponse | None" = None,
        error: Exception | None = None,
    ) -> bool:
        del state, request, error  # of the library's signature, and of no use here
        if response is None or response.status_code != 429:
            return False
        headers = {name.lower(): values for name, values in response.headers.items()}
        asked = (headers.get("retry-after") or ["1"])[0]
        return asked.isdecimal() and int(asked) <= _LONGEST_RETRY_AFTER


class _AnyServerError(ServerErrorRetryHandler):
    """All of 5xx; the library's own knows 500 and 503."""

    def _can_retry(
        self,
        *,
        state: "RetryState",
        request: "HttpRequest",
        response: "HttpResponse | None" = None,
        error: Exception | None = None,
    ) -> bool:
        del state, request, error  # of the library's signature, and of no use here
        return response is not None and response.status_code >= 500


def webhook_url(secret_id: str) -> str:
    """The webhook's URL, a plain string in Secrets Manager, kept for some minutes.

    Raises:
        aws_lambda_powertools.utilities.parameters.exceptions.GetParameterError: it cannot be read.
    """
    return parameters.get_secret(secret_id, max_age=_SECRET_SECONDS).strip()


class SlackChannel:
    """One channel. Retries by itself: dropped connections, 429 as Slack asks, 5xx with backoff."""

    def __init__(self, webhook_url: str) -> None:
        handlers: list[RetryHandler] = [
            ConnectionErrorRetryHandler(max_retry_count=1),
            _ShortRateLimit(max_retry_count=1),
            _AnyServerError(max_retry_count=2),
        ]
        self._client = WebhookClient(webhook_url, timeout=_TIMEOUT_SECONDS, retry_handlers=handlers)

    def post(self, text: str, link: str | None = None, warnings: list[str] | None = None) -> None:
        """Posts one sentence, with a link to the data-quality report and warnings beside it.

        Args:
            text: the sentence, plain; names in it cannot become mentions or links.
            link: an http(s) or s3 URI.
            warnings: plain sentences.

        Raises:
            SlackError: Slack did not take it after all retries.
        """
        try:
            answer = self._client.send(text=_harmless(text), blocks=_blocks(text, link, warnings or []))
        except (OSError, HTTPException, ValueError) as error:
            raise SlackError(f"Slack could not be reached ({type(error).__name__}).") from None
        if answer.status_code != 200:
            raise SlackError(f"Slack answered {answer.status_code}.")


def _harmless(text: str) -> str:
    """A sentence of one line that Slack shows as it stands: names in it come from files and services.

    Angle brackets become quotation marks that look alike, so there is neither `<!channel>` nor `<url|label>`.
    What breaks a line, or turns the direction of the text behind it, becomes a space.
    """
    return _UNSEEN.sub(" ", text).replace("<", "\u2039").replace(">", "\u203a")[:_LONGEST_BLOCK]


def _escaped(text: str) -> str:
    """Plain text for Slack's markup, which knows these three control characters."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _blocks(text: str, link: str | None, warnings: list[str]) -> list[dict[str, Any]]:
    blocks = [_section(text)]
    blocks += [_section(f":warning: {warning}", emoji=True) for warning in warnings[:_MOST_WARNINGS]]
    if link:
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": _link(link)}]})
    return blocks


def _section(text: str, *, emoji: bool = False) -> dict[str, Any]:
    """Plain text: `*`, `_` and backticks in it are characters."""
    return {"type": "section", "text": {"type": "plain_text", "text": _harmless(text), "emoji": emoji}}


def _link(uri: str) -> str:
    """A link that can be clicked: for an object in S3 its page in the console, with its URI beside it."""
    if not uri.startswith("s3://"):
        return f"<{_escaped(uri).replace('|', '%7C')}|Data-quality report>"
    return f"<{console_url(uri)}|Data-quality report> `{_escaped(uri)}`"
