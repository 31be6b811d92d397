"""The Campaign Service and the Entry Service, over HTTP with bounded patience.

Whatever goes wrong with a call ends as `ServiceError`: a status, a timeout, a body that does not fit.
"""

import time
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

from aws_lambda_powertools.utilities import parameters
from pydantic import Field, ValidationError

from steps.shared.bounded_http import Answer, BoundedHttp, Bounds, NoAnswerError
from steps.shared.observability import logger
from steps.shared.settings import SaveEntryScoringSettings, ServiceSettings
from steps.shared.wire import Payload, described

_CACHE_SECONDS = 300.0
_SECRET_SECONDS = 300
_BOUNDS = Bounds()
_LONGEST_NAME = 200

P = TypeVar("P", bound=Payload)


class ServiceError(Exception):
    """A service did not do what it was asked. Its text holds no part of any body.

    Args:
        passing: whether the service may well do it later: it did not answer, or asked for patience.
        status: the answer's, where there was one that says no.
    """

    def __init__(self, text: str, *, passing: bool, status: int | None = None) -> None:
        super().__init__(text)
        self.passing = passing
        self.status = status


@dataclass(frozen=True)
class Token:
    """What a service knows the pipeline by: a plain string in Secrets Manager, kept for some minutes.

    Args:
        secret_id: the secret's name or ARN.
        header: the header that it is sent in: as a bearer token in `Authorization`, bare in any other.
    """

    secret_id: str
    header: str

    def headers(self, *, anew: bool = False) -> dict[str, str]:
        """Return the header with the token.

        Args:
            anew: whether to ask Secrets Manager, whatever is kept.

        Raises:
            aws_lambda_powertools.utilities.parameters.exceptions.GetParameterError: it cannot be read.
        """
        value = parameters.get_secret(self.secret_id, max_age=_SECRET_SECONDS, force_fetch=anew).strip()
        return {self.header: f"Bearer {value}" if self.header.lower() == "authorization" else value}


class Market(Payload):
    """A market of a campaign; one without an id cannot be sent to the Entry Service."""

    id: str | int | None = None
    name: str


class Campaign(Payload):
    """A campaign as the Campaign Service knows it."""

    id: str
    name: str
    markets: list[Market] = Field(default_factory=list)

    @property
    def usable_name(self) -> str | None:
        """The name, if it is one: of 1 to 200 characters."""
        return self.name if self.name.strip() and len(self.name) <= _LONGEST_NAME else None

    def market_id(self, name: str) -> str | int | None:
        """Return the id of a market by its name, compared trimmed and in lower case."""
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


class _Service:
    """What both share: calls within bounds, which may be repeated: one reads, the other writes the same."""

    name: str

    def __init__(self, url: str, token: Token | None = None, attempts: int = 3) -> None:
        self._url = url.rstrip("/")
        self._token = token
        self._http = BoundedHttp(replace(_BOUNDS, attempts=attempts))

    def _call(self, answer: type[P], method: str, campaign_id: str, below: str = "", body: Any = None) -> P:
        url = f"{self._url}/campaigns/{quote(campaign_id, safe='')}{below}"
        try:
            got = self._request(method, url, body, anew=False)
            if got.status == 401 and self._token:
                # It may have been changed since it was read.
                got = self._request(method, url, body, anew=True)
        except NoAnswerError as error:
            raise ServiceError(f"The {self.name} did not answer ({error}).", passing=error.passing) from None
        if got.status >= 300:
            raise ServiceError(
                f"The {self.name} answered {got.status}.", passing=got.may_pass, status=got.status
            )
        try:
            return answer.model_validate_json(got.body)
        except ValidationError as error:
            fault = described(error, "the body")
            raise ServiceError(f"The {self.name}'s answer does not fit: {fault}.", passing=False) from None

    def _request(self, method: str, url: str, body: Any, *, anew: bool) -> Answer:
        headers = self._token.headers(anew=anew) if self._token else {}
        return self._http.request(method, url, body, headers)


class CampaignService(_Service):
    """Campaigns by id, each kept in the process for some minutes."""

    name = "Campaign Service"

    def __init__(self, url: str, token: Token | None = None, attempts: int = 3) -> None:
        super().__init__(url, token, attempts)
        self._known: dict[str, tuple[float, Campaign]] = {}

    def campaign(self, campaign_id: str) -> Campaign:
        """One campaign.

        Raises:
            ServiceError: it cannot be had; an unknown campaign is among these, and an answer about another.
        """
        known = self._known.get(campaign_id)
        if known is not None and time.monotonic() - known[0] < _CACHE_SECONDS:
            return known[1]
        found = self._call(Campaign, "GET", campaign_id)
        if found.id != campaign_id:
            raise ServiceError(f"The {self.name} answered for another campaign.", passing=False)
        self._known[campaign_id] = (time.monotonic(), found)
        return found


def name_of(campaigns: CampaignService, campaign_id: str, otherwise: str | None = None) -> str:
    """Return the Campaign Service's name, else the other one, else the id: no failure for want of one."""
    try:
        name = campaigns.campaign(campaign_id).usable_name
    except ServiceError as error:
        logger.warning("campaign name unknown", extra={"campaignId": campaign_id, "reason": str(error)})
        name = None
    return name or otherwise or campaign_id


class EntryService(_Service):
    """Takes the scorings of top-ranked fans."""

    name = "Entry Service"

    def send(self, campaign_id: str, entries: list[dict[str, Any]]) -> EntryCounts:
        """Send one list of entries.

        Raises:
            ServiceError: they were not taken, or nobody knows; sending them again does no harm.
        """
        return self._call(EntryCounts, "POST", campaign_id, "/scoring", entries)


@cache
def campaigns_of(settings: ServiceSettings, attempts: int = 3) -> CampaignService:
    """Return the Campaign Service, one a process, for the sake of its connections and cache."""
    token = Token(settings.campaign_secret_id, settings.credential_header)
    return CampaignService(settings.campaign_service_url, token, attempts)


@cache
def entries_of(settings: SaveEntryScoringSettings) -> EntryService:
    """Return the Entry Service, one a process, for the sake of its connections."""
    return EntryService(
        settings.entry_service_url, Token(settings.entry_secret_id, settings.credential_header)
    )
