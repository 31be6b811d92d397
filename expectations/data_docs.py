"""Data Docs: validation results in Great Expectations' own form, for those who know it.

Its pages load style sheets, scripts and icons from public networks, and its logo with the time of day. A
report on a campaign's file asks nobody outside: all of that is taken out, and a small style sheet put in.
"""

import re
from copy import deepcopy
from html import escape
from pathlib import Path
from typing import Any

from great_expectations.render.renderer import ValidationResultsPageRenderer
from great_expectations.render.view import DefaultJinjaPageView

_STYLE = Path(__file__).parent / "report" / "templates" / "data_docs.css"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
# Scripts, what is loaded from elsewhere, and links into a site that is not there.
_TAKEN_OUT = re.compile(
    r"<script\b.*?</script\s*>|<footer\b.*?</footer\s*>|<nav\b.*?</nav\s*>"
    r"|<title\b.*?</title\s*>|<(?:link|img)\b[^>]*>|</?a\b[^>]*>|url\([^)]*\)",
    re.DOTALL | re.IGNORECASE,
)
# Ends of ids, new in each page.
_RANDOM = re.compile(r"-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_HANDLERS = re.compile(r"""(?<=\s)on\w+\s*=\s*(?:"[^"]*"|'[^']*')""", re.IGNORECASE)


def render_data_docs(outcome: Any) -> str:
    """One suite's validation result as one self-contained HTML document; same result, same text.

    Args:
        outcome: what `Batch.validate` returns; it holds no row's value, so neither does the page.
    """
    timeless = deepcopy(outcome)
    for result in timeless.results:
        observed = result.result.get("observed_value")
        if hasattr(observed, "item"):  # a NumPy scalar, which the renderer does not take for a number
            result.result["observed_value"] = observed.item()
    timeless.meta = {"great_expectations_version": outcome.meta.get("great_expectations_version")}
    page = DefaultJinjaPageView().render(ValidationResultsPageRenderer().render(timeless))
    page = _RANDOM.sub("", _HANDLERS.sub("", _TAKEN_OUT.sub("", page)))
    head = (
        f"<title>{escape(outcome.suite_name)} \u2013 validation result</title>"
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<style>{_STYLE.read_text(encoding='utf-8')}</style>"
    )
    return page.replace("<head>", "<head>" + head, 1)
