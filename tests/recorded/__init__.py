"""What was written in earlier layouts, one folder each, as the code of that time wrote it. Never edited.

`unversioned`: before records, messages and dead letters named a `schemaVersion`.
"""

import json
from pathlib import Path
from typing import Any


def recorded(name: str) -> dict[str, Any]:
    """Return a document of before there were versions."""
    path = Path(__file__).parent / "unversioned" / f"{name}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
