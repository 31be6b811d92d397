"""The contract's lists of columns and reasons are those of the code, and each reason is known everywhere.

Cannot see: whether the code does what the contract says of them; tests/pipelines has that.
"""

import re
from typing import get_args

from expectations.report.model import Word
from expectations.report.outcomes import REFUSALS, SAID, TONES
from expectations.report.reasons import NAMES, REASONS
from local.sample import fanlist as fanlist_sample
from local.sample import scrubbed as scrubbed_sample
from local.stack.packaging import ROOT
from pipelines import fanlist, scrubbed
from pipelines.rules import TOTALS_ROW
from pipelines.schema import FANLIST_FILE_COLUMNS, FILE_COLUMNS, RECORD_SCHEMA

SPEC = (ROOT / "docs" / "SPEC.md").read_text(encoding="utf-8")
SCRUBBED = [rule.reason for rule in scrubbed.rules_of("campaign")]
FANLIST = [rule.reason for rule in fanlist.rules_of("campaign")]


def _named(beginning: str) -> list[str]:
    """What a paragraph of the contract puts between backticks."""
    (paragraph,) = (line for line in SPEC.splitlines() if line.startswith(beginning))
    return re.findall(r"`([^`]+)`", paragraph)


def test_the_contract_lists_the_reasons_in_the_order_of_the_rules() -> None:
    table = SPEC.partition("**Reasons.**")[2].partition("**Rank**")[0]
    listed = re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE)
    of_scrubbed = [reason for reason in listed if reason not in {*FANLIST} - {*SCRUBBED}]
    assert of_scrubbed == SCRUBBED, "docs/SPEC.md, Reasons, and rules_of in pipelines/scrubbed.py differ"
    assert [reason for reason in listed if reason in FANLIST] == FANLIST


def test_what_a_run_came_to_has_the_contracts_words_everywhere() -> None:
    table = SPEC.partition("## 6. Words")[2].partition("Of a file that")[0]
    listed = re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE)
    assert listed == [*get_args(Word)] == [*TONES], "docs/SPEC.md, Words, and expectations/report differ"
    refused = next(row for row in table.splitlines() if row.startswith("| `refused`"))
    assert re.findall(r"`(Inv\w+|NoL\w+|Out\w+)`", refused) == sorted(REFUSALS)
    meanings = re.findall(r"^\| `\w+` \| (.*?)(?: \(.*\))? \|$", table, flags=re.MULTILINE)
    assert [said.replace("`", "") for said in meanings] == [*SAID.values()], "put SAID's sentences there"


def test_every_reason_has_words() -> None:
    assert set(REASONS) == set(NAMES) == {*SCRUBBED, *FANLIST}, (
        "give each reason its words in expectations/report/reasons.py"
    )


def test_the_samples_hold_every_reason() -> None:
    for sample, reasons in ((scrubbed_sample, SCRUBBED), (fanlist_sample, FANLIST)):
        made = {fault.reason for fault in sample.FAULTS}
        # Only a file's last rows can be its totals.
        assert made == set(reasons) - {TOTALS_ROW}, f"give {sample.__name__} a Fault for each reason"


def test_the_contract_names_every_column() -> None:
    for beginning, columns in (
        ("**Columns, scrubbed", FILE_COLUMNS),
        ("**Columns, fanlist", FANLIST_FILE_COLUMNS),
    ):
        named = _named(beginning)
        for column in columns:
            if not column.one_of:
                assert column.name in named, f"docs/SPEC.md, {beginning.strip('*')}, lacks {column.name}"
    listed = next(found for found in _named("**The record on `scoresStream`**") if ", " in found)
    assert listed.split(", ") == list(RECORD_SCHEMA), "docs/SPEC.md, the record, and RECORD_COLUMNS differ"
