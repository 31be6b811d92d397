"""SVG that belongs to a page: its font, its colours (classes of style.css), its readers. In points."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup

WIDTH = 400
_FORM = Markup(
    '<svg viewBox="0 0 {} {}" role="img" aria-labelledby="{name}-title {name}-desc">'
    '<title id="{name}-title">{}</title><desc id="{name}-desc">{}</desc>{}</svg>'
)
_STEPS = (1, 2, 2.5, 5, 10)


def drawing(
    name: str, title: str, description: str, parts: Iterable[Markup], height: float, width: float = WIDTH
) -> Markup:
    """Return an `<svg>` element to stand in a page.

    Args:
        name: an identifier, unique in the page.
        title: what it shows, in a few words.
        description: what is to be seen, for those who do not.
        parts: what is drawn, the hindmost first.
        height: of the whole.
        width: of the whole.
    """
    return _FORM.format(_at(width), _at(height), title, description, Markup().join(parts), name=name)


def box(left: float, top: float, width: float, height: float, colour: str) -> Markup:
    """Return a filled rectangle."""
    form = Markup('<rect x="{}" y="{}" width="{}" height="{}" class="{}"/>')
    return form.format(_at(left), _at(top), _at(width), _at(height), colour)


def text(left: float, base: float, content: str, anchor: str = "start", colour: str = "ink") -> Markup:
    """Return one line of text, its base line at `base`; `anchor` says which part of it is at `left`."""
    form = Markup('<text x="{}" y="{}" text-anchor="{}" class="{}">{}</text>')
    return form.format(_at(left), _at(base), anchor, colour, content)


def line(points: Iterable[tuple[float, float]], colour: str) -> Markup:
    """Return a line through some points."""
    joined = " ".join(f"{_at(x)},{_at(y)}" for x, y in points)
    return Markup('<polyline points="{}" class="{} line"/>').format(joined, colour)


def ticks(most: float) -> Sequence[int]:
    """Return the round counts, four or five of them, at which an axis from 0 to `most` is marked."""
    rough = max(most, 1) / 4
    power = 10 ** (len(str(int(rough))) - 1)
    step = max(1, int(next(one * power for one in _STEPS if one * power >= rough)))
    return range(0, int(most) + 1, step)


def _at(length: float) -> str:
    return f"{length:.1f}".removesuffix(".0")
