"""Writes every page anew: `make reference`."""

import sys

from local.stack.packaging import ROOT
from tools.reference.pages import PAGES


def main() -> None:
    """Write them and say which."""
    for place, page in PAGES.items():
        (ROOT / place).write_text(page(), encoding="utf-8")
        sys.stdout.write(f"{place}\n")


if __name__ == "__main__":
    main()
