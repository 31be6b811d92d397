"""Slack's incoming webhook: `text` for notifications, `blocks` beside it, answered with `ok`."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from local.stack.fakes.server import Answer, Fake, RefusedError, Request, sentence

WEBHOOK_PATH = "/services/T000/B000/XXXX"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Text(_Strict):
    type: Literal["mrkdwn", "plain_text"]
    text: str = Field(min_length=1, max_length=3000)
    emoji: bool | None = None


class _Section(_Strict):
    type: Literal["section"]
    text: _Text


class _Context(_Strict):
    type: Literal["context"]
    elements: list[_Text] = Field(min_length=1, max_length=10)


_Block = Annotated[_Section | _Context, Field(discriminator="type")]


class SlackMessage(_Strict):
    """A webhook body with Slack's limits, as far as this system makes use of it."""

    text: str = Field(min_length=1, max_length=40_000)
    blocks: list[_Block] = Field(default_factory=list, max_length=50)


class FakeSlack(Fake):
    """Slack. `posts` are the texts in order, `messages` the whole bodies."""

    name: ClassVar[str] = "Slack"

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[SlackMessage] = []

    @property
    def url(self) -> str:
        """The webhook's URL."""
        return super().url + WEBHOOK_PATH

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
