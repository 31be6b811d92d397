"""Which files `vf demo` uploads: both samples, both kinds generated, or a file of one's own."""

from pathlib import Path

from local.job import Upload
from local.sample import SampleError, generate, suggested_key
from local.stack.packaging import ROOT
from pipelines.errors import InvalidKeyError
from pipelines.keys import Kind

_KINDS: tuple[Kind, ...] = ("scrubbed", "fanlist")


class DemoError(Exception):
    """The arguments do not say what to upload; the text says how they would."""


def uploads_of(file: Path | None, key: str | None, rows: int | None, seed: int, folder: Path) -> list[Upload]:
    """The uploads that the arguments ask for, side by side.

    Args:
        file: a file of one's own; its key decides the kind.
        key: where `file` goes.
        rows: generate so many rows of each kind.
        seed: of the generated rows.
        folder: for generated files.

    Raises:
        DemoError: they do not go together, or name no file or no key.
    """
    if (file is None) != (key is None):
        raise DemoError("--file and --key go together: the file, and the S3 key it is uploaded to.")
    if file is not None and rows is not None:
        raise DemoError("--rows generates files and --file brings one: give one of them.")
    try:
        if file is not None and key is not None:
            if not file.is_file():
                raise DemoError(f"There is no file '{file}'.")
            return [Upload.of(file, key)]
        if rows is not None:
            made = [generate(kind, rows, seed, folder / f"{kind}.csv") for kind in _KINDS]
            return [Upload.of(sample.path, sample.key) for sample in made]
        return [Upload.of(ROOT / "samples" / f"{kind}.csv", suggested_key(kind)) for kind in _KINDS]
    except (InvalidKeyError, SampleError) as error:
        raise DemoError(str(error)) from None
