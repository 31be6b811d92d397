"""What to do about a run that went wrong, in words for a campaign manager."""

AGAIN = "Start it again: nothing is written twice."
REMEDIES = {
    "Configuration": "The deployment is incomplete: deploy the stack again with the named value.",
    "InvalidFile": "Correct the file as the cause says and upload it again; nothing was published.",
    "InvalidInput": "Start the run again with an input that the cause names.",
    "InvalidKey": "Upload the file again under a key of the expected form; nothing was published.",
    "OutdatedFile": 'Nothing, unless the older file is really wanted: then run it with "force": true.',
    "QualityGateFailed": (
        "Read the report and the rejected rows, correct the file and upload it again. Where the file is"
        ' right as it is, run it with "acceptQuality": true beside its own input.'
    ),
}
# What is an answer to the file or the input, and no fault of the system's.
REFUSALS = ("InvalidFile", "InvalidInput", "InvalidKey", "OutdatedFile")


def remedy(error: str | None) -> str:
    """Return what to do about an error by its name; `InvalidFileError` and `InvalidFile` are the same."""
    return REMEDIES.get((error or "").rsplit(".", 1)[-1].removesuffix("Error"), AGAIN)
