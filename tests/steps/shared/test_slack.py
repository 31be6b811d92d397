"""The channel against a real HTTP fake that validates messages as Slack does."""

import http.server
import threading
from collections.abc import Iterator

import pytest

from local.stack.fakes.slack import FakeSlack
from steps.shared.bounded_http import Bounds
from steps.shared.slack import SlackChannel, SlackError


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as running:
        yield running


def test_text_is_the_sentence_and_the_rest_stands_beside_it(slack: FakeSlack) -> None:
    SlackChannel(slack.url).post(
        "It's done: 1,000 (+5)", link="https://x.test/r?a=1&b=2", warnings=["Careful"]
    )
    (message,) = slack.messages
    assert message.text == "It's done: 1,000 (+5)"
    shown = str([block.model_dump(exclude_none=True) for block in message.blocks])
    assert "It's done: 1,000 (+5)" in shown
    assert ":warning: Careful" in shown
    assert "<https://x.test/r?a=1&amp;b=2|Data-quality report>" in shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (
            "<!channel> & <http://evil.test|click>",
            "\u2039!channel\u203a & \u2039http://evil.test|click\u203a",
        ),
        ("<@U123> @here", "\u2039@U123\u203a @here"),
        ("*bold* `code` _x_ ~y~", "*bold* `code` _x_ ~y~"),
        ("a\n\r\tb\x00\u2028c", "a b c"),
        ("\u202egnp.exe", " gnp.exe"),
        (":skull:", ":skull:"),
    ],
)
def test_a_name_cannot_become_markup(slack: FakeSlack, name: str, shown: str) -> None:
    SlackChannel(slack.url).post(f"Campaign '{name}' done")
    (message,) = slack.messages
    assert message.text == f"Campaign '{shown}' done"
    (block,) = message.blocks
    # Plain text knows no markup, and without `emoji` no pictures.
    assert block.model_dump(exclude_none=True)["text"] == {
        "type": "plain_text",
        "text": message.text,
        "emoji": False,
    }


def test_long_texts_stay_within_slacks_limits(slack: FakeSlack) -> None:
    SlackChannel(slack.url).post("<" * 5000, warnings=["&" * 5000] * 80)
    assert len(slack.messages) == 1
    assert slack.refused == []


@pytest.mark.parametrize(
    ("status", "headers"), [(429, {"Retry-After": "0"}), (500, None), (502, None), (503, None)]
)
def test_passing_trouble_is_ridden_out(slack: FakeSlack, status: int, headers: dict[str, str] | None) -> None:
    slack.fail_next(status, headers=headers)
    SlackChannel(slack.url).post("hello")
    assert (slack.calls, slack.posts) == (2, ["hello"])


@pytest.mark.parametrize(
    ("status", "headers"), [(429, {"Retry-After": "3600"}), (403, None), (404, None), (400, None)]
)
def test_what_does_not_pass_soon_is_an_error(
    slack: FakeSlack, status: int, headers: dict[str, str] | None
) -> None:
    slack.fail_next(status, headers=headers)
    with pytest.raises(SlackError, match=f"Slack answered {status}") as raised:
        SlackChannel(slack.url).post("hello")
    assert slack.calls == 1
    assert slack.url not in str(raised.value)


def test_a_slack_that_is_not_there_is_an_error() -> None:
    with pytest.raises(SlackError, match="could not be reached"):
        SlackChannel("http://127.0.0.1:9/services/secret").post("hello")


def test_a_wait_that_slack_asks_for_is_waited(slack: FakeSlack) -> None:
    waits: list[float] = []
    slack.fail_next(429, headers={"Retry-After": "7"})
    SlackChannel(slack.url, sleep=waits.append).post("hello")
    assert slack.posts == ["hello"]
    assert waits == [7]


def test_a_slack_that_does_not_answer_in_time_is_an_error(
    slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it took the message nobody knows; the queue delivers the verdict again."""
    monkeypatch.setattr("steps.shared.slack._BOUNDS", Bounds(attempt_seconds=0.05, status_only=True))
    slack.delay = 0.3
    with pytest.raises(SlackError, match="could not be reached") as raised:
        SlackChannel(slack.url).post("hello")
    assert slack.url not in str(raised.value)
    assert slack.calls <= 1


def _hanging_up(taken: list[bytes]) -> type[http.server.BaseHTTPRequestHandler]:
    """Accepts the first message and drops the connection without an answer."""

    class HangsUp(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(self.rfile.read(int(self.headers["Content-Length"])))
            if len(taken) == 1:
                self.close_connection = True
                return
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's own name)
            """Says nothing."""

    return HangsUp


def test_a_message_taken_without_an_answer_is_said_again() -> None:
    taken: list[bytes] = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _hanging_up(taken)) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
        SlackChannel(f"http://127.0.0.1:{server.server_address[1]}/hook").post("hello")
        server.shutdown()
    assert len(taken) == 2
