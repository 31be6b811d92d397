"""The Campaign Service and the Entry Service, over HTTP with bounded patience.

Whatever goes wrong with a call ends as `ServiceError`: a status, a timeout, a body that does not fit.
"""

import threading
import time
from typing import Annotated, Any
from urllib.parse import quote

import urllib3
from pydantic import Field, ValidationError

from steps.shared.payloads import Payload

_CACHE_SECONDS = 300.0
_RETRIED = (429, 500, 502, 503, 504)
_TIMEOUT = urllib3.Timeout(connect=3, read=10)


class ServiceError(Exception):
    """A service did not do what it was asked. Its text holds no part of any body.

    Args:
        passing: whether the service may well do it later: it did not answer, or asked for patience.
    """

    code = "Service"

    def __init__(self, text: str, *, passing: bool) -> None:
        super().__init__(text)
        self.passing = passing


class Market(Payload):
    """A market of a campaign; one without an id cannot be sent to the Entry Service."""

    id: str | int | None = None
    name: str


class Campaign(Payload):
    """A campaign as the Campaign Service knows it."""

    id: str
    name: str
    markets: list[Market] = Field(default_factory=list)

    def market_id(self, name: str) -> str | int | None:
        """The id of a market by its name, compared trimmed and in lower case."""
        wanted = name.strip().lower()
        found = (market.id for market in self.markets if market.name.strip().lower() == wanted)
        return next((one for one in found if one not in (None, "")), None)


_Count = Annotated[int, Field(ge=0)]


class EntryCounts(Payload):
    """The Entry Service's answer to one call."""

    input: _Count = 0
    scoring: _Count = 0
    entries: _Count = 0
    inserted: _Count = 0
    updated: _Count = 0
    found: _Count = 0

    @property
    def taken(self) -> int:
        """Entries that the service says to have taken: as `entries`, or as inserted and updated ones."""
        return max(self.entries, self.inserted + self.updated)

    def __add__(self, other: "EntryCounts") -> "EntryCounts":
        mine, theirs = self.model_dump(), other.model_dump()
        return EntryCounts(**{name: mine[name] + theirs[name] for name in mine})


class _Service:
    """What both share: pooled connections, retries with backoff and jitter, `Retry-After` obeyed."""

    name: str

    def __init__(self, url: str, attempts: int = 3) -> None:
        self._url = url.rstrip("/")
        retry = urllib3.Retry(
            total=attempts - 1,
            # Both calls may be repeated: one reads, the other writes the same entries again.
            allowed_methods=None,
            status_forcelist=_RETRIED,
            backoff_factor=0.2,
            backoff_jitter=0.3,
            backoff_max=5,
            retry_after_max=10,
            redirect=0,
            raise_on_status=False,
            raise_on_redirect=False,
        )
        self._http = urllib3.PoolManager(retries=retry, timeout=_TIMEOUT, maxsize=16)

    def _call(self, method: str, path: str, body: Any = None) -> bytes:
        try:
            answer = self._http.request(method, f"{self._url}{path}", json=body)
        except urllib3.exceptions.HTTPError as error:
            cause = getattr(error, "reason", None) or error
            raise ServiceError(
                f"The {self.name} did not answer ({type(cause).__name__}).", passing=True
            ) from None
        if answer.status >= 300:
            passing = answer.status in _RETRIED
            raise ServiceError(f"The {self.name} answered {answer.status}.", passing=passing)
        return answer.data

    def _misfit(self, error: ValidationError) -> ServiceError:
        problem = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in problem["loc"]) or "the body"
        what = "not JSON" if problem["type"] == "json_invalid" else problem["msg"]
        return ServiceError(f"The {self.name}'s answer does not fit: {where}: {what}.", passing=False)


class CampaignService(_Service):
    """Campaigns by id, each kept in the process for some minutes."""

    name = "Campaign Service"

    def __init__(self, url: str, attempts: int = 3) -> None:
        super().__init__(url, attempts)
        self._known: dict[str, tuple[float, Campaign]] = {}
        self._lock = threading.Lock()

    def campaign(self, campaign_id: str) -> Campaign:
        """One campaign.

        Raises:
            ServiceError: it cannot be had; an unknown campaign is among these.
        """
        with self._lock:
            known = self._known.get(campaign_id)
        if known is not None and time.monotonic() - known[0] < _CACHE_SECONDS:
            return known[1]
        body = self._call("GET", f"/campaigns/{quote(campaign_id, safe='')}")
        try:
            found = Campaign.model_validate_json(body)
        except ValidationError as error:
            raise self._misfit(error) from None
        with self._lock:
            self._known[campaign_id] = (time.monotonic(), found)
        return found


class EntryService(_Service):
    """Takes the scorings of top-ranked fans."""

    name = "Entry Service"

    def send(self, campaign_id: str, entries: list[dict[str, Any]]) -> EntryCounts:
        """Sends one list of entries.

        Raises:
            ServiceError: they were not taken, or nobody knows; sending them again does no harm.
        """
        body = self._call("POST", f"/campaigns/{quote(campaign_id, safe='')}/scoring", entries)
        try:
            return EntryCounts.model_validate_json(body)
        except ValidationError as error:
            raise self._misfit(error) from None
