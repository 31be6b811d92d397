"""Text from outside, such as an object's key, made harmless for a terminal."""


def printable(text: str) -> str:
    """The text with each control character, of which terminals take orders, as a replacement character."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )
