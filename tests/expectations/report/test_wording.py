"""Figures as people read them, at the edges where their form changes; what has a default has none of it."""

from collections.abc import Callable
from typing import Any

import pytest

from expectations.report import wording
from expectations.report.model import InputCounts
from expectations.report.page import render_report
from tests.expectations.report.pages import facts, failed_facts, published

SAID: list[tuple[Callable[[Any], str], Any, str]] = [
    *[(wording.ordinal, place, said) for place, said in ((0, "1st"), (1, "2nd"), (2, "3rd"), (3, "4th"))],
    *[
        (wording.ordinal, place, said)
        for place, said in ((9, "10th"), (10, "11th"), (12, "13th"), (13, "14th"))
    ],
    *[(wording.ordinal, place, said) for place, said in ((20, "21st"), (110, "111th"), (121, "122nd"))],
    *[
        (wording.signed, change, said)
        for change, said in ((0, "no change"), (0.5, "+0.5"), (-0.5, "\u22120.5"))
    ],
    *[(wording.number, count, said) for count, said in ((1.0, "1"), (0.126, "0.13"), (0.01, "0.01"))],
    *[(wording.number, count, said) for count, said in ((0.00123, "0.0012"), (-1234.5, "-1,234.5"))],
    *[
        (wording.brief, count, said)
        for count, said in ((9_999, "9,999"), (10_000, "10k"), (999_999, "1000k"))
    ],
    *[(wording.brief, count, said) for count, said in ((1_000_000, "1M"), (1_250_000, "1.25M"))],
    *[(wording.percent, share, said) for share, said in ((0, "0.0\u00a0%"), (0.0004, "< 0.1\u00a0%"))],
    *[(wording.percent, share, said) for share, said in ((0.0005, "0.1\u00a0%"), (0.9994, "99.9\u00a0%"))],
    *[(wording.percent, share, said) for share, said in ((0.9995, "> 99.9\u00a0%"), (1, "100.0\u00a0%"))],
    *[(wording.seconds, length, said) for length, said in ((0.994, "0.99\u00a0s"), (1, "1.0\u00a0s"))],
    *[
        (wording.seconds, length, said)
        for length, said in ((60, "1\u00a0min 0\u00a0s"), (59.9, "59.9\u00a0s"))
    ],
    (wording.seconds, 3_599, "59\u00a0min 59\u00a0s"),
    (wording.seconds, 7_260, "2\u00a0h 1\u00a0min"),
    *[(wording.moment, iso, said) for iso, said in ((None, "\u2013"), ("soon", "soon"))],
    *[(wording.sentence, text, said) for text, said in ((" so ", "So."), ("Why?", "Why?"), ("", ""))],
    *[(wording.shown, text, said) for text, said in (("a\tb\x00", "a b\ufffd"), (" ", "\u2013"))],
    (wording.shown, "x" * 80, "x" * 80),
    (wording.shown, "x" * 81, "x" * 79 + "\u2026"),
]


@pytest.mark.parametrize(("worded", "value", "said"), SAID)
def test_a_figure_as_people_read_it(worded: Callable[[Any], str], value: Any, said: str) -> None:
    assert worded(value) == said


def test_a_part_as_a_share_and_a_count_with_its_noun() -> None:
    assert [wording.share_of(1, 4), wording.share_of(None, 4), wording.share_of(0, 0)] == [
        "25.0\u00a0%",
        "\u2013",
        "\u2013",
    ]
    assert [wording.many(count, "row") for count in (0, 1, 1_000)] == ["0 rows", "1 row", "1,000 rows"]


def test_nothing_counted_is_nothing() -> None:
    assert InputCounts().wire() == {"in": 0, "invalid": 0, "duplicate": 0, "valid": 0}


def test_broken_checks_stand_first_and_critical_ones_before_warnings() -> None:
    rules = [
        one.model_copy(
            update={"description": f"rule {success} {weight}", "success": success, "severity": weight}
        )
        for one in failed_facts().rules[:1]
        for success in (True, False)
        for weight in ("warning", "critical")
    ]
    page = render_report(facts(rules=rules), published())
    checks = page[page.index('id="checks"') :]
    order = ["False critical", "False warning", "True critical", "True warning"]
    assert sorted(order, key=lambda each: checks.index(f"rule {each}")) == order


def test_ignored_columns_are_named_up_to_twenty() -> None:
    names = [f"column{n:02}" for n in range(22)]
    page = render_report(facts(unknown_columns=names), published())
    assert "column19" in page
    assert "column20" not in page
    assert "and 2 more" in page
    assert " more</dd>" not in render_report(facts(unknown_columns=names[:20]), published())
