"""How a `vf` command ends that cannot go on: one sentence on stderr, and an exit code."""

import contextlib
from collections.abc import Iterator
from typing import NoReturn

import typer
from rich.console import Console


def stop(message: str, code: int) -> NoReturn:
    """Ends the command."""
    Console(stderr=True).print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(code)


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Ends the command with a sentence where there is no stack, or AWS refuses something."""
    from botocore.exceptions import BotoCoreError, ClientError

    from local.stack.target import NoStackError

    try:
        yield
    except NoStackError as error:
        stop(str(error), 2)
    except (BotoCoreError, ClientError) as error:
        stop(f"AWS did not do what was asked: {error}", 1)
