"""Turns a matplotlib figure into SVG that belongs to a page: its fonts, its colours, its readers."""

import io
import re
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

import matplotlib as mpl

if TYPE_CHECKING:
    from matplotlib.figure import Figure

P = ParamSpec("P")

_SVG = "http://www.w3.org/2000/svg"
_SETTINGS: Any = {
    "svg.fonttype": "none",  # text stays text
    "text.parse_math": False,  # a market may be called $x$
    "axes.unicode_minus": False,
    "font.family": "DejaVu Sans",
    "font.size": 12.0,
}
# Colours that matplotlib is told, each in the place of one of the page's variables.
COLOURS = {
    f"#0101{number:02x}": f"var(--{name})"
    for number, name in enumerate(("ink", "soft", "line", "blue", "orange", "grey", "good", "bad"))
}
INK, SOFT, LINE, BLUE, ORANGE, GREY, GOOD, BAD = COLOURS

ET.register_namespace("", _SVG)
ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")


def drawing(draw: Callable[P, str]) -> Callable[P, str]:
    """Draws with the settings of a page, whatever those of this process are."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> str:
        with mpl.rc_context(_SETTINGS):
            return draw(*args, **kwargs)

    return drawn


def inline(figure: "Figure", name: str, title: str, description: str) -> str:
    """Return the figure as an `<svg>` element to stand in a page; same figure, same text.

    Args:
        figure: drawn under `drawing`, in colours from `COLOURS`.
        name: an identifier, unique in the page.
        title: what it shows, in a few words.
        description: what is to be seen, for those who do not.
    """
    made = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name}), warnings.catch_warnings():
        # The reader's fonts are used, so it does not matter which letters matplotlib's own has.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support")
        untold: Any = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(made, format="svg", metadata=untold)
    # Made above, by us.
    root = ET.fromstring(made.getvalue())  # noqa: S314
    for metadata in root.findall(f"{{{_SVG}}}metadata"):
        root.remove(metadata)
    _tidy(root)
    for attribute in ("width", "height", "version"):
        root.attrib.pop(attribute, None)
    root.attrib |= {"role": "img", "aria-labelledby": f"{name}-title {name}-desc"}
    for tag, text in (("desc", description), ("title", title)):
        element = ET.Element(f"{{{_SVG}}}{tag}", {"id": f"{name}-{tag}"})
        element.text = text
        root.insert(0, element)
    return _painted(ET.tostring(root, encoding="unicode"))


def _tidy(root: ET.Element) -> None:
    """Leaves only ids that something refers to, and text in the page's own font."""
    text = ET.tostring(root, encoding="unicode")
    referred = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', text))
    for element in root.iter():
        if element.get("id") not in referred:
            element.attrib.pop("id", None)
        if element.tag == f"{{{_SVG}}}text":
            style = element.get("style", "")
            element.set("style", re.sub(r"font: (?:\w+ )?([\d.]+px) [^;]+", r"font-size: \1", style))


def _painted(text: str) -> str:
    """With the page's variables for colours, so that light, dark and print need one drawing."""
    for stand_in, variable in COLOURS.items():
        text = text.replace(stand_in, variable)
    return text
