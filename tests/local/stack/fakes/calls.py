"""Calls as the services' clients make them, and wrong ones."""

import json
from typing import Any

import urllib3

from local.stack.fakes import Fakes


def entry(number: int = 1, **changed: Any) -> dict[str, Any]:
    return {
        "memberId": f"M{number}",
        "globalUserId": f"fan-{number}",
        "phoneCountryCode": "1",
        "phoneNumber": "2125550123",
        "email": f"fan{number}@example.com",
        "firstName": "Ada",
        "lastName": "Allen",
        "verdict": True,
        "score": 87.5,
        "registrationScore": 80,
        "accountScore": 12.5,
        "nudetectScore": None,
        "marketId": "market-london",
    } | changed


def post(http: urllib3.PoolManager, url: str, body: Any) -> urllib3.BaseHTTPResponse:
    return http.request("POST", url, body=body if isinstance(body, bytes) else json.dumps(body).encode())


def post_entries(
    http: urllib3.PoolManager, fakes: Fakes, entries: Any, campaign: str = "campaign-789"
) -> urllib3.BaseHTTPResponse:
    return post(http, f"{fakes.entries.url}/campaigns/{campaign}/scoring", entries)
