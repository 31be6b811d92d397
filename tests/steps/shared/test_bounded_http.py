"""The bounds against real servers. No time is asserted: a call without an end would never return."""

import gzip
import tracemalloc
from collections.abc import Callable

import pytest

from local.stack.fakes.slack import FakeSlack
from steps.shared.bounded_http import BoundedHttp, Bounds, NoAnswerError
from steps.shared.services import CampaignService, EntryService, ServiceError
from steps.shared.slack import SlackChannel, SlackError
from tests.steps.hostile import DRIPPING, answer, bomb, hostile
from tests.steps.trouble import Scripted

SHORT = Bounds(seconds=0.6, attempt_seconds=0.2)


@pytest.fixture
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("steps.shared.services._BOUNDS", SHORT)
    monkeypatch.setattr("steps.shared.slack._BOUNDS", Bounds(0.6, 0.2, status_only=True))


@pytest.mark.usefixtures("in_a_hurry")
@pytest.mark.parametrize("dripping", DRIPPING)
def test_a_service_that_drips_is_left(dripping: str) -> None:
    with hostile(DRIPPING[dripping], pause=0.05) as server:
        with pytest.raises(ServiceError, match="The Campaign Service did not answer") as raised:
            CampaignService(server.url).campaign("c")
        assert raised.value.passing
        with pytest.raises(ServiceError, match="The Entry Service did not answer"):
            EntryService(server.url).send("c", [])
        assert server.calls >= 2


@pytest.mark.usefixtures("in_a_hurry")
@pytest.mark.parametrize("dripping", ["status line", "header", "headers", "continues", "nothing"])
def test_slack_that_drips_before_it_has_answered_is_left_at_once(dripping: str) -> None:
    with hostile(DRIPPING[dripping], pause=0.05) as server:
        with pytest.raises(SlackError, match="could not be reached"):
            SlackChannel(server.url).post("hello")
        assert server.calls == 1


@pytest.mark.usefixtures("in_a_hurry")
@pytest.mark.parametrize("dripping", ["body", "body until the end", "chunks"])
def test_slack_has_said_all_with_its_status(dripping: str) -> None:
    with hostile(DRIPPING[dripping], pause=0.05) as server:
        SlackChannel(server.url).post("hello")
        assert server.calls == 1


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe ok", b"", b"<html>", gzip.compress(b"ok", mtime=0)],
    ids=["no UTF-8", "empty", "a page", "packed"],
)
def test_whatever_slack_says_beside_200_it_has_posted(body: bytes) -> None:
    with hostile(answer(body, b"Content-Encoding: gzip")) as server:
        SlackChannel(server.url).post("hello")
        assert server.calls == 1


@pytest.mark.parametrize("status", [201, 204, 301, 302, 303, 307, 308])
def test_another_status_than_200_is_no_post_and_a_redirect_is_not_followed(status: int) -> None:
    with FakeSlack() as elsewhere:
        headers = f"Location: {elsewhere.url}".encode()
        with (
            hostile(answer(b"", headers, status=f"{status} X".encode())) as server,
            pytest.raises(SlackError, match=f"answered {status}"),
        ):
            SlackChannel(server.url).post("hello")
        assert elsewhere.calls == 0


@pytest.mark.usefixtures("in_a_hurry")
def test_a_body_that_ends_too_early_is_worth_another_try() -> None:
    cut_off = [b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", b'{"id']
    with hostile(cut_off) as server:
        with pytest.raises(ServiceError, match="did not answer") as raised:
            CampaignService(server.url).campaign("c")
        assert raised.value.passing
        assert server.calls >= 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_service_redirects(status: int) -> None:
    with Scripted(200, '{"id": "c", "name": "C"}') as elsewhere:
        headers = f"Location: {elsewhere.url}/campaigns/c".encode()
        with hostile(answer(b"", headers, status=f"{status} X".encode())) as server:
            for call in (
                lambda: CampaignService(server.url).campaign("c"),
                lambda: EntryService(server.url).send("c", []),
            ):
                with pytest.raises(ServiceError, match=f"answered {status}") as raised:
                    call()
                assert not raised.value.passing
        assert elsewhere.calls == 0


@pytest.mark.parametrize(
    "pieces",
    [lambda: bomb(300), lambda: answer(b" " * 5_000_000), lambda: bomb(5)],
    ids=["bomb", "large", "larger unpacked"],
)
def test_a_body_without_bounds_is_not_read(pieces: Callable[[], list[bytes]]) -> None:
    with hostile(pieces()) as server:
        tracemalloc.start()
        try:
            with pytest.raises(ServiceError, match="a body of more than 4,000,000 bytes") as raised:
                CampaignService(server.url).campaign("c")
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert not raised.value.passing
    assert server.calls == 1
    assert peak < 40_000_000


def test_a_packed_body_is_read_though_it_was_not_asked_for() -> None:
    body = gzip.compress(b'{"id": "c", "name": "C", "markets": []}')
    with hostile(answer(body, b"Content-Encoding: gzip")) as server:
        assert CampaignService(server.url).campaign("c").name == "C"
    with (
        hostile(answer(b"no gzip", b"Content-Encoding: gzip")) as server,
        pytest.raises(ServiceError, match="cannot be unpacked"),
    ):
        CampaignService(server.url).campaign("c")


def test_a_connection_that_is_kept_serves_the_next_call() -> None:
    with Scripted(200, "{}") as service:
        http = BoundedHttp(SHORT)
        assert [http.request("GET", service.url).body for _ in range(3)] == [b"{}"] * 3


def test_repeats_end_with_the_time_of_the_whole_call() -> None:
    waits: list[float] = []
    with Scripted(503, "") as service:
        assert (
            BoundedHttp(Bounds(seconds=0.05, attempts=99), waits.append).request("GET", service.url).status
            == 503
        )
        assert (service.calls, waits) == (1, [])


def test_nobody_there() -> None:
    with pytest.raises(NoAnswerError):
        BoundedHttp(SHORT).request("GET", "http://127.0.0.1:9")
