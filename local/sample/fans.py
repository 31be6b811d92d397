"""Who the fans are: names, addresses that lead nowhere, and numbers that nobody has."""

import numpy as np
import polars as pl

from local.sample.faults import Plan, pick

_FIRST_NAMES = (
    "Ada Aisha Alex Amara Ana Andre Ben Beatriz Camille Carlos Chen Chloé Daniel Diego Elena Emma Fatima "
    "Felix Grace Hana Hugo Ines Isaac Jamal Jane José Julia Kai Karen Lars Leila Liam Lucía Maria Marcus "
    "Mei Mia Mohamed Nadia Noah Noor Olivia Omar Priya Rafael Rosa Ryan Sana Sofia Tariq Theo Uma Valeria "
    "Victor Wei Yara Yusuf Zoë"
)
_LAST_NAMES = (
    "Adams Ahmed Allen Baker Becker Brown Carter Chen Clark Cohen Costa Cruz Davies Diaz Edwards Evans "
    "Fischer Flores Garcia Gomez Green Gupta Hall Hansen Harris Hernández Hill Hughes Ito Jackson Jensen "
    "Johnson Jones Kaur Khan Kim King Kowalski Lee Lewis López Martin Mbeki Meyer Miller Moore Müller "
    "Murphy Nakamura Nguyen Novak O'Brien Okafor Patel Pérez Reyes Rossi Santos Silva Singh Smith Taylor "
    "Tran Turner Walker Weber Williams Wilson Wong Wright Yamamoto Young"
)
FIRST, LAST = _FIRST_NAMES.split(), _LAST_NAMES.split()
# Reserved for examples (RFC 2606): mail to them reaches nobody.
DOMAINS = ["example.com", "example.org", "example.net", "mail.example.com", "fans.example.com"]
_TAGS = "newsletter presale app returning newsletter|app presale|vip returning|newsletter card-holder"
TAGS = [None, *_TAGS.split(), "vip|card-holder|app"]

_TO_ASCII = str.maketrans("áãéíóúüëñ'", "aaeiouuen-")
_HEX = [f"{number:04x}" for number in range(65_536)]


def people(plan: Plan) -> pl.DataFrame:
    """Columns globalUserId, memberId, email, firstName, lastName: one fan a row, no two alike.

    Addresses and member ids carry the row's number in the file, so none comes twice by chance.
    """
    rng, rows = plan.rng, plan.rows
    first, last = (rng.integers(len(names), size=rows) for names in (FIRST, LAST))
    frame = pl.DataFrame(
        {
            "firstName": pick(FIRST, first),
            "lastName": pick(LAST, last),
            "local": pick([name.lower().translate(_TO_ASCII) for name in FIRST], first),
            "family": pick([name.lower().translate(_TO_ASCII) for name in LAST], last),
            "domain": pick(DOMAINS, rng.integers(len(DOMAINS), size=rows)),
            "number": np.arange(plan.start, plan.start + rows),
        }
    )
    return frame.select(
        _uuids(rng, rows).alias("globalUserId"),
        # A stride without a common factor with the range: scattered, and still no two alike.
        memberId=pl.format("M{}", (pl.col("number") * 616_318_177 + 104_729) % 900_000_000 + 100_000_000),
        email=pl.format("{}.{}{}@{}", "local", "family", "number", "domain"),
        firstName="firstName",
        lastName="lastName",
    )


def phones(rng: np.random.Generator, rows: int) -> pl.DataFrame:
    """Columns phoneCountryCode and phoneNumber as people type them; 555-01xx is reserved for fiction."""
    line = pl.Series(rng.integers(100, 200, size=rows)).cast(pl.String)
    area = pl.Series(rng.integers(201, 990, size=rows)).cast(pl.String)
    style = pl.Series(rng.integers(4, size=rows))
    frame = pl.DataFrame({"line": line, "area": area})
    formats = ("{}5550{}", "({}) 555-0{}", "{}-555-0{}", "{}.555.0{}")
    written = pl.coalesce(
        pl.when(style == number).then(pl.format(form, "area", "line")) for number, form in enumerate(formats)
    )
    codes = pick(["1", "+1", "44", "+52", None], rng.choice(5, size=rows, p=[0.6, 0.2, 0.08, 0.07, 0.05]))
    return frame.select(codes.alias("phoneCountryCode"), phoneNumber=written)


def _uuids(rng: np.random.Generator, rows: int) -> pl.Series:
    """Random version-4 UUIDs."""
    parts = [pick(_HEX, rng.integers(65_536, size=rows)) for _ in range(6)]
    parts.append(pick(_HEX, 0x4000 + rng.integers(4096, size=rows)))
    parts.append(pick(_HEX, 0x8000 + rng.integers(0x4000, size=rows)))
    frame = pl.DataFrame({str(number): part for number, part in enumerate(parts)})
    written = pl.format("{}{}-{}-{}-{}-{}{}{}", "0", "1", "2", "6", "7", "3", "4", "5")
    return frame.select(written.alias("uuid")).to_series()
