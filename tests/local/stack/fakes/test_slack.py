from typing import Any

import pytest
import urllib3
from slack_sdk.webhook import WebhookClient

from local.stack.fakes import Fakes
from tests.local.stack.fakes.calls import post


class TestSlack:
    def test_keeps_what_slacks_own_client_sends(self, fakes: Fakes) -> None:
        text = "Campaign 'Taylor Swift Presale' scoring complete: 1 verified"
        blocks: list[dict[str, Any]] = [
            {"type": "section", "text": {"type": "mrkdwn", "text": text}},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "<https://example.com|report>"}]},
        ]
        answer = WebhookClient(fakes.slack.url).send(text=text, blocks=blocks)
        assert (answer.status_code, answer.body) == (200, "ok")
        assert fakes.slack.posts == [text]
        assert [block.type for block in fakes.slack.messages[0].blocks] == ["section", "context"]
        assert fakes.refused == []

    @pytest.mark.parametrize(
        ("body", "where"),
        [
            (b"payload=hello", "the body"),
            ({"blocks": []}, "text"),
            ({"text": ""}, "text"),
            ({"text": "x", "verified": 3}, "verified"),
            ({"text": "x", "blocks": [{"type": "table"}]}, "blocks.0"),
            ({"text": "x", "blocks": [{"type": "section"}] * 51}, "blocks"),
            (
                {
                    "text": "x",
                    "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "y" * 3001}}],
                },
                "blocks.0.section.text.text",
            ),
        ],
    )
    def test_refuses_what_slack_would(
        self, fakes: Fakes, http: urllib3.PoolManager, body: Any, where: str
    ) -> None:
        answer = post(http, fakes.slack.url, body)
        assert answer.status == 422
        assert f"does not fit: {where}:" in answer.json()["error"]
        assert fakes.slack.posts == []
        assert [refusal.service for refusal in fakes.refused] == ["Slack"]

    def test_knows_one_webhook_only(self, fakes: Fakes, http: urllib3.PoolManager) -> None:
        answer = post(http, fakes.slack.url + "Y", {"text": "x"})
        assert (answer.status, answer.data) == (404, b"no_service")
        assert fakes.slack.posts == []
