"""Faults between the functions and the embedded AWS: microburst, as a child process on loopback.

The functions' own `AWS_ENDPOINT_URL` points at it; what the laptop itself and the state machines do goes
straight to the embedded AWS. What comes back is what botocore takes for AWS's own errors.
"""

import copy
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import urllib3

from local.stack.embedded import EmbeddedAwsError, answers, free_port

Rule = dict[str, Any]
_START_SECONDS = 20.0
_EVERY_TENTH_TWICE = {"sequence": {"fail": 2, "pass": 8}}


def refused(service: str, operation: str, code: str, **how_often: Any) -> Rule:
    """Refuse calls with an error of AWS's, by default every tenth twice; their work is not done.

    `service` is as signatures have it, `how_often` microburst's `times`, `sequence` or `probability`.
    """
    fails = how_often or _EVERY_TENTH_TWICE
    return {"service": service, "operation": operation, "error": {"code": code}, **fails}


def lost_answer(service: str, operation: str, times: int = 3) -> Rule:
    """Cut the connection of calls that are done, before the answer."""
    return {"service": service, "operation": operation, "times": times, "response": {"abort_bytes": 0}}


class Faults:
    """The way from the functions to the embedded AWS; it is clear until rules are set."""

    def __init__(self) -> None:
        self._port = free_port()
        self._http = urllib3.PoolManager(retries=False, timeout=10.0)

    @property
    def url(self) -> str:
        """What the functions are given for an endpoint."""
        return f"http://127.0.0.1:{self._port}"

    def in_the_way_of(self, document: dict[str, Any]) -> dict[str, Any]:
        """Give a template whose functions go this way."""
        changed = copy.deepcopy(document)
        changed["Globals"]["Function"]["Environment"]["Variables"]["AWS_ENDPOINT_URL"] = self.url
        return changed

    @contextmanager
    def before(self, endpoint: str) -> Iterator[None]:
        """Give the way for as long as the embedded AWS behind it runs.

        Raises:
            EmbeddedAwsError: microburst did not start.
        """
        proxy = [sys.executable, "-m", "local.stack.chaos.fault_proxy"]
        command = [*proxy, "--upstream", endpoint, "--port", str(self._port)]
        with (
            tempfile.TemporaryFile() as log,
            # Its own session: Ctrl-C reaches only us, and what comes down last is this.
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
            ) as process,
        ):
            try:
                if not answers(f"{self.url}/_microburst/health", process, _START_SECONDS):
                    log.seek(0)
                    tail = log.read().decode(errors="replace")[-500:]
                    raise EmbeddedAwsError(f"microburst, which makes the faults, did not start: {tail}")
                yield
            finally:
                process.terminate()

    def set(self, rules: Sequence[Rule]) -> None:
        """Replace all rules (microburst's README has their form) and forget what was fired."""
        self._ask("POST", "rules", list(rules))
        self._ask("DELETE", "fired")

    def fired(self) -> list[str]:
        """Give the operations that a fault befell since the rules were set, one for each call."""
        answer = self._ask("GET", "fired")
        found = answer["fired"] if isinstance(answer, dict) else answer
        return [one.get("operation") or "" for one in found]

    def _ask(self, method: str, what: str, body: object = None) -> Any:
        answer = self._http.request(method, f"{self.url}/_microburst/{what}", json=body)
        if answer.status >= 300:
            raise EmbeddedAwsError(f"microburst refused {method} {what}: {answer.data.decode()}")
        return answer.json() if answer.data else None
