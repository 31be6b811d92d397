"""The campaign channel on Slack, by incoming webhook.

A post is said at least once: where Slack takes a message and its answer gets lost, nobody can tell and
it is sent again. An incoming webhook has no key by which Slack would drop the second one.
"""

import re
import time
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities import parameters

from steps.shared.bounded_http import BoundedHttp, Bounds, NoAnswerError
from steps.shared.settings import ConfigurationError, ReportFailureSettings, VerdictReporterSettings
from steps.shared.storage import console_url

SlackSettings = ReportFailureSettings | VerdictReporterSettings


_SECRET_SECONDS = 300
# What Slack says beside the status is not read: the status alone decides.
_BOUNDS = Bounds(status_only=True)
_LONGEST_BLOCK = 2900
_MOST_WARNINGS = 10
# Control characters, line and paragraph separators, and what overrides the direction of text.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


class SlackError(Exception):
    """Slack did not take a message. Says the status, never the webhook's URL, which is a secret."""


def webhook_url(settings: SlackSettings) -> str:
    """Return the webhook's URL, a plain string in Secrets Manager, kept for some minutes.

    Raises:
        ConfigurationError: it is not https, and plain HTTP is not allowed.
        aws_lambda_powertools.utilities.parameters.exceptions.GetParameterError: it cannot be read.
    """
    url: str = parameters.get_secret(settings.slack_secret_id, max_age=_SECRET_SECONDS).strip()
    if not url.startswith("https://") and settings.plain_http != "allowed":
        raise ConfigurationError("The Slack webhook's URL in Secrets Manager does not begin with https://.")
    return url


class SlackChannel:
    """One channel. Retries by itself: dropped connections, 429 as Slack asks, 5xx with backoff.

    Silence is not retried: Slack may have taken the message, and the queue asks again later.
    """

    def __init__(self, webhook_url: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._url = webhook_url
        self._http = BoundedHttp(_BOUNDS, sleep)

    def post(self, text: str, link: str | None = None, warnings: list[str] | None = None) -> None:
        """Post one sentence, with a link to the data-quality report and warnings beside it.

        Args:
            text: the sentence, plain; names in it cannot become mentions or links.
            link: an http(s) or s3 URI.
            warnings: plain sentences.

        Raises:
            SlackError: Slack did not take it after all retries; only a 200 says that it did.
        """
        message = {"text": _harmless(text), "blocks": _blocks(text, link, warnings or [])}
        try:
            answer = self._http.request("POST", self._url, message)
        except NoAnswerError as error:
            raise SlackError(f"Slack could not be reached ({error}).") from None
        if answer.status != 200:
            raise SlackError(f"Slack answered {answer.status}.")


def _harmless(text: str) -> str:
    """Make one line that Slack shows as it stands: names in it come from files and services.

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
    """Make a link to click: for an object in S3 its page in the console, with its URI beside it."""
    if not uri.startswith("s3://"):
        return f"<{_escaped(uri).replace('|', '%7C')}|Data-quality report>"
    return f"<{console_url(uri)}|Data-quality report> `{_escaped(uri)}`"
