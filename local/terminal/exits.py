"""What every `vf` command does alike: it ends with a sentence where it cannot go on, and prints no orders."""

import contextlib
from collections.abc import Iterator
from typing import NoReturn

import typer
from rich.console import Console


def stop(message: str, code: int) -> NoReturn:
    """End the command."""
    Console(stderr=True).print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(code)


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """End the command with a sentence where there is no stack, or AWS refuses something."""
    from botocore.exceptions import BotoCoreError, ClientError

    from local.stack.target import NoStackError

    try:
        yield
    except NoStackError as error:
        stop(str(error), 2)
    except (BotoCoreError, ClientError) as error:
        stop(f"AWS did not do what was asked: {error}", 1)


def printable(text: str) -> str:
    """Replace each control character of a text: terminals take orders of them."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )
