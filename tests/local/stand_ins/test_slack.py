from typing import Any

import pytest
import urllib3
from slack_sdk.webhook import WebhookClient

from local.stand_ins import StandIns
from tests.local.stand_ins.calls import post


class TestSlack:
    def test_keeps_what_slacks_own_client_sends(self, stand_ins: StandIns) -> None:
        text = "Campaign 'Taylor Swift Presale' scoring complete: 1 verified"
        blocks: list[dict[str, Any]] = [
            {"type": "section", "text": {"type": "mrkdwn", "text": text}},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "<https://example.com|report>"}]},
        ]
        answer = WebhookClient(stand_ins.slack.url).send(text=text, blocks=blocks)
        assert (answer.status_code, answer.body) == (200, "ok")
        assert stand_ins.slack.posts == [text]
        assert [block.type for block in stand_ins.slack.messages[0].blocks] == ["section", "context"]
        assert stand_ins.refused == []

    @pytest.mark.parametrize(
        ("body", "where"),
        [
            (b"payload=hello", "the body"),
            ({"blocks": []}, "text"),
            ({"text": ""}, "text"),
            ({"text": "x", "verified": 3}, "verified"),
            ({"text": "x", "blocks": [{"type": "table"}]}, "blocks.0"),
            ({"text": "x", "blocks": [{"type": "divider"}] * 51}, "blocks"),
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
        self, stand_ins: StandIns, http: urllib3.PoolManager, body: Any, where: str
    ) -> None:
        answer = post(http, stand_ins.slack.url, body)
        assert answer.status == 422
        assert f"does not fit: {where}:" in answer.json()["error"]
        assert stand_ins.slack.posts == []
        assert [refusal.service for refusal in stand_ins.refused] == ["Slack"]

    def test_knows_one_webhook_only(self, stand_ins: StandIns, http: urllib3.PoolManager) -> None:
        answer = post(http, stand_ins.slack.url + "Y", {"text": "x"})
        assert (answer.status, answer.data) == (404, b"no_service")
        assert stand_ins.slack.posts == []
