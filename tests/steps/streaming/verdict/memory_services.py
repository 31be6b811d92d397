"""The queue, the channel and the Campaign Service in memory; each can be told to fail."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from steps.shared.services import Campaign


class BrokenError(Exception):
    """A service that does not answer."""


@dataclass
class Queue:
    """SQS: a message is there from its time on, until it is deleted; `failing_calls`: how the next fail."""

    clock: Callable[[], float]
    messages: dict[int, tuple[float, str]] = field(default_factory=dict)
    failing_calls: list[str] = field(default_factory=list)
    numbers: Any = field(default_factory=itertools.count)

    def send_message(self, QueueUrl: str, MessageBody: str, DelaySeconds: int = 0) -> None:  # noqa: N803
        how = self.failing_calls.pop(0) if self.failing_calls else ""
        if how == "refused":
            raise BrokenError
        self.messages[next(self.numbers)] = (self.clock() + DelaySeconds, MessageBody)
        if how == "answer lost":
            raise BrokenError

    def visible(self) -> list[int]:
        return [number for number, (since, _) in self.messages.items() if since <= self.clock()]


class Channel:
    """Slack: what was said, in order; `on_post` is told before."""

    def __init__(self, on_post: Callable[[str], None]) -> None:
        self.posts: list[str] = []
        self.refuses = 0
        self._on_post = on_post

    def post(self, text: str, link: str | None = None, warnings: list[str] | None = None) -> None:
        if self.refuses:
            self.refuses -= 1
            raise BrokenError
        self._on_post(text)
        self.posts.append(text)


class Names:
    """The Campaign Service, which has one name for all."""

    def campaign(self, campaign_id: str) -> Campaign:
        return Campaign(id=campaign_id, name="X", markets=[])
