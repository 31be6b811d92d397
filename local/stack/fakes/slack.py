"""Slack's incoming webhook: `text` for notifications, `blocks` beside it, answered with `ok`."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from local.stack.fakes.server import Answer, Fake, RefusedError, Request, sentence

WEBHOOK_PATH = "/services/T000/B000/XXXX"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Text(_Strict):
    type: Literal["mrkdwn", "plain_text"]
    text: str = Field(min_length=1, max_length=3000)
    emoji: bool | None = None
    verbatim: bool | None = None


class _Header(_Strict):
    type: Literal["header"]
    text: _Text
    block_id: str | None = None


class _Section(_Strict):
    type: Literal["section"]
    text: _Text | None = None
    fields: list[_Text] | None = Field(None, min_length=1, max_length=10)
    accessory: dict[str, Any] | None = None
    block_id: str | None = None
    expand: bool | None = None


class _Context(_Strict):
    type: Literal["context"]
    elements: list[_Text] = Field(min_length=1, max_length=10)
    block_id: str | None = None


class _Divider(_Strict):
    type: Literal["divider"]
    block_id: str | None = None


class _Actions(_Strict):
    type: Literal["actions"]
    elements: list[dict[str, Any]] = Field(min_length=1, max_length=25)
    block_id: str | None = None


_Block = Annotated[_Header | _Section | _Context | _Divider | _Actions, Field(discriminator="type")]


class SlackMessage(_Strict):
    """A webhook body with Slack's limits."""

    text: str = Field(min_length=1, max_length=40_000)
    blocks: list[_Block] = Field(default_factory=list, max_length=50)
    attachments: list[dict[str, Any]] | None = None
    mrkdwn: bool | None = None
    unfurl_links: bool | None = None
    unfurl_media: bool | None = None


class FakeSlack(Fake):
    """Slack. `posts` are the texts in order, `messages` the whole bodies."""

    name: ClassVar[str] = "Slack"

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[SlackMessage] = []

    @property
    def url(self) -> str:
        """The webhook's URL."""
        return self.root + WEBHOOK_PATH

    @property
    def posts(self) -> list[str]:
        """The texts that were posted, in order."""
        with self.lock:
            return [message.text for message in self.messages]

    def answer(self, request: Request) -> Answer:
        """Keep a message; a wrong path gets Slack's `no_service`."""
        if request.method != "POST" or request.path != WEBHOOK_PATH:
            return Answer(404, "no_service")
        try:
            message = SlackMessage.model_validate_json(request.body)
        except ValidationError as error:
            raise RefusedError(sentence("The Slack message", error)) from None
        self.messages.append(message)
        return Answer(200, "ok")
