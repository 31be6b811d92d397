"""For a run that went wrong: the cause in one sentence, and what to do about it."""

import json
import re

from steps.shared.payloads import RunSummary

_AGAIN = "Start it again: nothing is written twice, and what was already written stays."
_REMEDIES = {
    "Configuration": "The deployment is incomplete: deploy the stack again with the value that is named.",
    "FileReplaced": "Nothing: the newer version of the file has a run of its own.",
    "InvalidFile": "Correct the file as the cause says and upload it again; nothing was published.",
    "InvalidInput": "Start the run again with one of the inputs that the cause names.",
    "InvalidKey": "Upload the file again under a key of the expected shape; nothing was published.",
    "OutdatedFile": 'Nothing, unless the older file is really wanted: then run it with "force": true.',
    "QualityGateFailed": (
        "Read the report and the rejected rows, correct the file and upload it again. Where the file is"
        ' right as it is, run it with "acceptQuality": true.'
    ),
}
_GATE = "The file did not meet what is expected of it, so it was kept back."


def advice(run: RunSummary) -> tuple[str, str]:
    """The cause and the remedy, a sentence or two each, in words for a campaign manager."""
    if run.status == "quarantined":
        # What did not hold stands in a list of its own; the cause would only say it again.
        named = run.quality is not None and run.quality.failed
        return _GATE if named else sentence(run.cause) or _GATE, _REMEDIES["QualityGateFailed"]
    cause = sentence(run.cause) or f"The run ended with {run.error or 'an unknown error'}."
    return cause, _REMEDIES.get(_code(run.error), _AGAIN)


def sentence(text: str | None) -> str:
    """A cause's first line as a sentence, out of Lambda's JSON where it stands in one; empty for none."""
    lines = _message(text or "").strip().splitlines()
    if not lines:
        return ""
    line = lines[0].strip()
    line = line[:1].upper() + line[1:]
    return line if line.endswith((".", "!", "?")) else line + "."


def _message(cause: str) -> str:
    """Lambda wraps an exception as `{errorMessage, errorType, ...}`."""
    try:
        return str(json.loads(cause)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return cause


def expectation_in_words(name: str) -> str:
    """An expectation's name as words: `valid_share_at_least` or `ExpectValidShare` as a manager reads it.

    A name that is already a sentence stays as it is.
    """
    if " " in name:
        return name
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").strip().lower()
    return spaced[:1].upper() + spaced[1:]


def _code(error: str | None) -> str:
    """The contract's name of an error: `InvalidFileError` and `InvalidFile` are the same."""
    return (error or "").rsplit(".", 1)[-1].removesuffix("Error")
