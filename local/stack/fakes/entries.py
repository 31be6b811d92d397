"""The Entry Service: `POST /campaigns/{id}/scoring` takes a JSON list of entries (section 4)."""

import re
from collections import Counter
from typing import Annotated, ClassVar
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from local.stack.fakes.server import Answer, Fake, RefusedError, Request, sentence

COUNTS = ("input", "scoring", "entries", "inserted", "updated", "found")

_Id = Annotated[str, StringConstraints(min_length=1)]
# The contract's normal form (section 2): e-mails in lower case, phone numbers as digits only.
_Email = Annotated[str, StringConstraints(pattern=r"^[^@\sA-Z]+@[^@\sA-Z]+\.[^@\sA-Z]+$")]
_Digits = Annotated[str, StringConstraints(pattern=r"^[0-9]+$")]


class Entry(BaseModel):
    """One fan's scoring as the Entry Service takes it: exactly these fields, null or left out where none."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)

    member_id: _Id | None = Field(None, alias="memberId")
    global_user_id: _Id = Field(alias="globalUserId")
    phone_country_code: _Digits | None = Field(None, alias="phoneCountryCode")
    phone_number: _Digits | None = Field(None, alias="phoneNumber")
    email: _Email | None = None
    first_name: _Id | None = Field(None, alias="firstName")
    last_name: _Id | None = Field(None, alias="lastName")
    verdict: bool
    score: float = Field(ge=0)
    registration_score: float | None = Field(None, alias="registrationScore")
    account_score: float | None = Field(None, alias="accountScore")
    nudetect_score: float | None = Field(None, alias="nudetectScore")
    market_id: _Id = Field(alias="marketId")


_ENTRIES = TypeAdapter(list[Entry])


class FakeEntryService(Fake):
    """The Entry Service. `received` holds every entry in order by campaign, `totals` sums the answers."""

    name: ClassVar[str] = "Entry Service"

    def __init__(self) -> None:
        super().__init__()
        self.received: dict[str, list[Entry]] = {}
        self._seen: set[tuple[str, str]] = set()
        self._totals = Counter(dict.fromkeys(COUNTS, 0))

    @property
    def totals(self) -> dict[str, int]:
        """The counts of all answers, summed: input, scoring, entries, inserted, updated, found."""
        with self.lock:
            return dict(self._totals)

    def answer(self, request: Request) -> Answer:
        """Take a list whole or not at all. A fan seen before in this campaign is found and updated."""
        match = re.fullmatch(r"/campaigns/([^/]+)/scoring", request.path)
        if request.method != "POST" or match is None:
            return Answer(404, {"error": f"There is no {request.method} {request.path} here."})
        try:
            entries = _ENTRIES.validate_json(request.body)
        except ValidationError as error:
            raise RefusedError(sentence("The list of entries", error)) from None
        campaign_id = unquote(match[1])
        fans = {(campaign_id, entry.global_user_id) for entry in entries}
        inserted = len(fans - self._seen)
        self._seen |= fans
        self.received.setdefault(campaign_id, []).extend(entries)
        known = len(entries) - inserted
        counts = dict(zip(COUNTS, (1, 1, len(entries), inserted, known, known), strict=True))
        self._totals.update(counts)
        return Answer(200, counts)
