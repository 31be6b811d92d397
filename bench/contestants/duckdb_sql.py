"""The contract as SQL, by DuckDB with all cores.

Of several ways to merge a fan's rows the fastest is taken: fans with one row, nearly all, pass by the
sorting. Leaves out: file-wide refusals; headers in another order, spelling or number; rows with too few
fields (it rejects them); the other reasons, and the place in the file, of a row that its CSV reader
rejects; white space other than the space (trimming that too doubles its time); partitions.
"""

from pathlib import Path

import duckdb

from bench.contestants import CAMPAIGN_ID, RUN_ID, SCORED_AT, Counts, counts, main

_COLUMNS = (
    *("globalUserId", "score", "isVerified", "hbase", "marketPreferences", "campaignId", "memberId", "email"),
    *("firstName", "lastName", "phoneCountryCode", "phoneNumber", "tags"),
    *("registrationScore", "accountScore", "nudetectScore", "localFanscore"),
)
_YES = ("true", "t", "yes", "y", "1", "1.0")
_NO = ("false", "f", "no", "n", "0", "0.0")
# What its CSV reader says of a row that it takes for none, as the contract calls it.
_UNREADABLE = "CASE error_type WHEN 'INVALID ENCODING' THEN 'bad_encoding' ELSE 'malformed_row' END"

_JUDGED = """
CREATE TEMP TABLE judged AS
WITH trimmed AS (
    SELECT {trimmed} FROM read_csv($source, all_varchar=true, header=true, delim=',', quote='"',
                                   escape='"', new_line='\\n', store_rejects=true)
), typed AS (
    SELECT * REPLACE (lower(hbase) AS hbase),
        {score} AS score_,
        {registrationScore} AS registrationScore_,
        {accountScore} AS accountScore_,
        {nudetectScore} AS nudetectScore_,
        {localFanscore} AS localFanscore_,
        CASE WHEN lower(isVerified) IN {yes} THEN true WHEN lower(isVerified) IN {no} THEN false END
            AS isVerified_,
        list_position({markets}, lower(hbase)) - 1 AS rank
    FROM trimmed
)
SELECT *, list_filter([
    CASE WHEN campaignId <> $campaign THEN 'campaign_mismatch' END,
    CASE WHEN globalUserId IS NULL THEN 'missing_id' END,
    CASE WHEN regexp_matches(globalUserId, '[\\p{{Cc}}]') OR strlen(globalUserId) > 1024 THEN 'bad_id' END,
    CASE WHEN score_ IS NULL OR score_ < 0 THEN 'bad_score' END,
    CASE WHEN isVerified_ IS NULL THEN 'bad_verified_flag' END,
    CASE WHEN (registrationScore IS NOT NULL AND registrationScore_ IS NULL)
           OR (accountScore IS NOT NULL AND accountScore_ IS NULL)
           OR (nudetectScore IS NOT NULL AND nudetectScore_ IS NULL)
           OR (localFanscore IS NOT NULL AND localFanscore_ IS NULL) THEN 'bad_number' END,
    CASE WHEN NOT regexp_full_match(email, '[^@\\s]+@[^@\\s]+\\.[^@\\s]+') THEN 'bad_email' END,
    CASE WHEN rank IS NULL THEN 'unranked' END
], lambda reason: reason IS NOT NULL) AS reasons
FROM typed
"""

_REJECTED = f"""
COPY (
    SELECT rowid + 1 AS rowNumber, reasons FROM judged WHERE len(reasons) > 0
    UNION ALL
    SELECT NULL, list({_UNREADABLE} ORDER BY {_UNREADABLE} DESC) FROM reject_errors GROUP BY line
) TO '{{folder}}/rejected.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)
"""

_RECORDS = """
COPY (
    WITH good AS (
        SELECT *, rowid AS n FROM judged WHERE len(reasons) = 0
    ), repeated AS (
        SELECT globalUserId FROM good GROUP BY globalUserId HAVING count(*) > 1
    ), merged AS (
        SELECT globalUserId, arg_max(n, (score_, -rank, -n)) AS n, min(rank) AS best,
            string_agg(tags, '|' ORDER BY score_ DESC, rank, n) AS all_tags,
            list({{'rank': rank, 'hbase': hbase}} ORDER BY score_ DESC, rank, n) AS markets
        FROM good SEMI JOIN repeated USING (globalUserId) GROUP BY globalUserId
    ), fans AS (
        SELECT good.*, rank AS best, tags AS all_tags,
            list_concat(list_transform(range(rank), lambda r: NULL::VARCHAR), [hbase]) AS events
        FROM good ANTI JOIN repeated USING (globalUserId)
        UNION ALL
        SELECT good.*, best, all_tags, list_transform(
            range(list_max(list_transform(markets, lambda m: m.rank)) + 1),
            lambda r: list_filter(markets, lambda m: m.rank = r)[1].hbase) AS events
        FROM good JOIN merged USING (globalUserId, n)
    )
    SELECT $campaign AS campaignId, globalUserId, memberId, lower(email) AS email, firstName, lastName,
        {phoneCountryCode} AS phoneCountryCode, {phoneNumber} AS phoneNumber,
        score_ AS score, isVerified_ AS isVerified, registrationScore_ AS registrationScore,
        accountScore_ AS accountScore, nudetectScore_ AS nudetectScore, localFanscore_ AS localFanscore,
        CASE WHEN len({entries}) > 0
             THEN list_filter({entries}, lambda tag, i: list_position({entries}, tag) = i) END AS tags,
        hbase, best::UINTEGER AS rank, events, $run AS runId, $scored_at AS scoredAt
    FROM fans
) TO '{folder}/records/part-00000.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)
"""


def prepare(source: Path, folder: Path) -> Counts:
    """Judge into one table in memory, then writes the rejected rows and the records from it."""
    (folder / "records").mkdir()
    with duckdb.connect() as base:
        base.execute(_judged(), {"source": str(source), "campaign": CAMPAIGN_ID})
        base.execute(_REJECTED.format(folder=folder))
        base.execute(_records(folder), {"campaign": CAMPAIGN_ID, "run": RUN_ID, "scored_at": SCORED_AT})
        return _counts(base, folder)


def _judged() -> str:
    trimmed = ", ".join(f"nullif(trim({name}), '') AS {name}" for name in _COLUMNS)
    numbers = {name: _number(name) for name in _COLUMNS if name.lower().endswith("score")}
    return _JUDGED.format(
        trimmed=trimmed, markets=_entries("lower(marketPreferences)"), yes=_YES, no=_NO, **numbers
    )


def _records(folder: Path) -> str:
    digits = {
        name: f"nullif(regexp_replace({name}, '[^0-9]+', '', 'g'), '')"
        for name in ("phoneCountryCode", "phoneNumber")
    }
    return _RECORDS.format(folder=folder, entries=_entries("all_tags"), **digits)


def _number(name: str) -> str:
    """Read a finite number or NULL. Its cast takes `1_000`, which the contract does not."""
    value = f"try_cast({name} AS DOUBLE)"
    return f"CASE WHEN isfinite({value}) AND NOT contains({name}, '_') THEN {value} END"


def _entries(text: str) -> str:
    """List the trimmed, non-empty entries of text with `|` between."""
    trimmed = f"list_transform(string_split({text}, '|'), lambda entry: trim(entry))"
    return f"list_filter({trimmed}, lambda entry: entry <> '')"


def _counts(base: duckdb.DuckDBPyConnection, folder: Path) -> Counts:
    """Read the rejected rows' first reasons and the number of records back from what was written."""
    rejected = f"SELECT reasons[1], count(*) FROM '{folder}/rejected.parquet' GROUP BY 1"
    found = dict(base.execute(rejected).fetchall())
    ((accepted,),) = base.execute("SELECT count(*) FROM judged WHERE len(reasons) = 0").fetchall()
    ((valid,),) = base.execute(f"SELECT count(*) FROM '{folder}/records/*.parquet'").fetchall()
    return counts(accepted + sum(found.values()), found, valid)


if __name__ == "__main__":
    main(prepare)
