"""Who the fans are and where they go: names, addresses that lead nowhere, numbers that nobody has, cities."""

import numpy as np
import polars as pl

from local.sample.faults import pick

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
# In order of demand: the samples draw the front ones more often.
MARKETS = (
    "New York",
    "Los Angeles",
    "London",
    "Chicago",
    "Toronto",
    "Mexico City",
    "Paris",
    "Dallas",
    "São Paulo",
    "Atlanta",
    "Seattle",
    "St. Louis",
)

CAMPAIGN_NAMES = {"campaign-123": "Taylor Swift Presale", "campaign-456": "Fanlist Integration"}


def people(rng: np.random.Generator, numbers: range) -> pl.DataFrame:
    """Columns globalUserId, memberId, email, firstName, lastName: one fan a row, no two alike.

    Addresses and member ids carry the row's number in the file, so none comes twice by chance.
    """
    count = len(numbers)
    first, last, domain = (
        pick(names, rng.integers(len(names), size=count)) for names in (FIRST, LAST, DOMAINS)
    )
    number = pl.int_range(numbers.start, numbers.stop)
    local, family = (
        pl.lit(name).str.to_lowercase().str.normalize("NFD").str.replace_all("[^a-z]", "")
        for name in (first, last)
    )
    return pl.select(
        _uuids(rng, count).alias("globalUserId"),
        # A stride without a common factor with the range: scattered, and still no two alike.
        memberId=pl.format("M{}", (number * 616_318_177 + 104_729) % 900_000_000 + 100_000_000),
        email=pl.format("{}.{}{}@{}", local, family, number, domain),
        firstName=first,
        lastName=last,
    )


def phones(rng: np.random.Generator, count: int) -> pl.DataFrame:
    """Columns phoneCountryCode and phoneNumber as people type them; 555-01xx is reserved for fiction."""
    area, line = (pl.Series(rng.integers(*between, size=count)) for between in ((201, 990), (100, 200)))
    style = pl.Series(rng.integers(4, size=count))
    formats = ("{}5550{}", "({}) 555-0{}", "{}-555-0{}", "{}.555.0{}")
    codes = pick(["1", "+1", "44", "+52", None], rng.choice(5, size=count, p=[0.6, 0.2, 0.08, 0.07, 0.05]))
    return pl.select(
        phoneCountryCode=codes,
        phoneNumber=pl.coalesce(
            pl.when(style == number).then(pl.format(form, area, line)) for number, form in enumerate(formats)
        ),
    )


def _uuids(rng: np.random.Generator, count: int) -> pl.Expr:
    """Random version-4 UUIDs."""
    digits = pl.lit(pl.Series(np.frombuffer(rng.bytes(16 * count).hex().encode(), "S32").astype(str)))
    parts = (digits.str.slice(*part) for part in ((0, 8), (8, 4), (13, 3), (17, 3), (20, 12)))
    return pl.format("{}-{}-4{}-a{}-{}", *parts)
