"""The reasons of the contract's section 2, in the words of somebody who did not write it."""

REASONS = {
    "malformed_row": "The row has more fields than the header; most often an unquoted comma.",
    "bad_encoding": "Something in the row is not UTF-8: save the file as UTF-8.",
    "campaign_mismatch": "The row names another campaign than the file's name does.",
    "missing_id": "Nothing says who the fan is: the identifier is empty.",
    "bad_id": "The identifier holds a control character (a line break, a tab), has more than 1,024 bytes, "
    "or is a number in scientific notation: the spreadsheet has lost its digits.",
    "totals_row": "The last row is a total, not a fan.",
    "bad_score": "The score is empty, not a number, not finite or below 0.",
    "bad_verified_flag": "isVerified says neither yes nor no.",
    "bad_number": "Another score is filled in with something that is not a number.",
    "bad_email": "The e-mail address is not valid.",
    "unranked": "The row's market is missing or not among the fan's preferred markets.",
}
# The same in two or three words, for charts and lists.
NAMES = {
    "malformed_row": "too many fields",
    "bad_encoding": "not UTF-8",
    "campaign_mismatch": "another campaign",
    "missing_id": "no identifier",
    "bad_id": "unusable identifier",
    "totals_row": "a total, not a fan",
    "bad_score": "unusable score",
    "bad_verified_flag": "unclear isVerified",
    "bad_number": "unusable other score",
    "bad_email": "invalid e-mail",
    "unranked": "market not preferred",
}
UNKNOWN_REASON = "See the rejects for the rows."
