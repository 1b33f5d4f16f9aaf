"""Lines in panels side by side, as SVG: enough for one plot of a benchmark, and no library for it."""

import html
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

WIDTH, HEIGHT = 960, 420
LEFT, RIGHT, TOP, BOTTOM, GAP = 60, 20, 60, 50, 24
_FIRST_SHARE = 0.84
_TICKS = 5


class Line(NamedTuple):
    """A line of one colour through points (x, y)."""

    colour: str
    points: Sequence[tuple[float, float]]


class Panel(NamedTuple):
    """A plot from 0 to its largest x and y."""

    label: str
    most_x: float
    most_y: float
    lines: Sequence[Line]


def ticks(most: float) -> list[float]:
    """Return round numbers from 0 up to `most`, about five of them."""
    if most <= 0:
        return [0.0]
    rough = most / _TICKS
    power = 10.0 ** (len(f"{rough:.0f}") - 1) if rough >= 1 else 0.1
    step = next(power * factor for factor in (1, 2, 5, 10, 20) if power * factor >= rough)
    return [step * number for number in range(int(most / step) + 1)]


def drawn(title: str, label: str, panels: Sequence[Panel], legend: Mapping[str, str]) -> str:
    """Return the picture of one or two panels; the first takes most of the width.

    Args:
        title: Stands above it.
        label: What the y axis counts.
        panels: From left to right, with the same y axis.
        legend: Colour by what it stands for.
    """
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(LEFT, 22, title, size=15),
        _text(LEFT, TOP - 10, label),
    ]
    at = LEFT + 160
    for name, colour in legend.items():
        parts.append(f'<rect x="{at}" y="{TOP - 19}" width="14" height="4" fill="{colour}"/>')
        parts.append(_text(at + 20, TOP - 12, name))
        at += 40 + 7 * len(name)
    room = WIDTH - LEFT - RIGHT
    widths = [room] if len(panels) == 1 else [room * _FIRST_SHARE - GAP, room * (1 - _FIRST_SHARE)]
    left = float(LEFT)
    for number, (panel, width) in enumerate(zip(panels, widths, strict=True)):
        parts += _panel(panel, left, width, with_y=number == 0)
        left += width + GAP
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(panel: Panel, left: float, width: float, *, with_y: bool) -> Iterator[str]:
    height = HEIGHT - TOP - BOTTOM

    def place(x: float, y: float) -> tuple[float, float]:
        return left + width * x / (panel.most_x or 1), TOP + height * (1 - y / (panel.most_y or 1))

    for value in ticks(panel.most_y):
        _, y = place(0, value)
        yield f'<line x1="{left:.1f}" x2="{left + width:.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dddddd"/>'
        if with_y:
            yield _text(left - 8, y + 4, f"{value:,.0f}", anchor="end")
    for value in ticks(panel.most_x):
        x, _ = place(value, 0)
        yield _text(x, TOP + height + 18, f"{value:,.0f}", anchor="middle")
    yield _text(left + width / 2, HEIGHT - 10, panel.label, anchor="middle")
    for line in panel.lines:
        points = " ".join("{:.1f},{:.1f}".format(*place(x, y)) for x, y in line.points)
        yield f'<polyline points="{points}" fill="none" stroke="{line.colour}" stroke-width="1.5"/>'
    yield f'<rect x="{left:.1f}" y="{TOP}" width="{width:.1f}" height="{height}" fill="none" stroke="#888888"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 12) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="#222222">'
        f"{html.escape(text)}</text>"
    )
