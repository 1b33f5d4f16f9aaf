"""The figures of a dashboard as one SVG: numbers, lines, areas, bars and tables, in columns and without finery."""

import html
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.monitoring.dashboard_panels import Panel
from tests.monitoring.dashboard_run import BAR_SECONDS

WIDTH, MARGIN, GAP, COLUMNS = 1260, 20, 30, 3
COLUMN = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS
PLOT, LEGEND_LINE, LINES_OF_LEGEND, FIGURES_IN_A_ROW = 110, 15, 6, 6
PALETTE = (
    "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf",
)  # fmt: skip
FROM_TO = tuple[float, float]
Named = list[tuple[str, list[tuple[float, float]]]]


def told(value: float, unit: str) -> str:
    """Return a figure with its unit, short enough for an axis."""
    if unit == "percentunit":
        return f"{value * 100:.4g} %"
    if unit == "s":
        scaled = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"), (0.001, "ms"), (1e-6, "µs"))
    elif unit == "bytes":
        scaled = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))
    else:
        return f"{value:.3g}" + unit.removeprefix("suffix:") if unit.startswith("suffix:") else f"{value:,.4g}"
    for size, name in scaled:
        if abs(value) >= size:
            return f"{value / size:.3g} {name}"
    return "0" if not value else f"{value:.3g} {unit.replace('bytes', 'B')}"


def name_of(series: Mapping[str, Any], legend: str) -> str:
    """Return the name of a series as its legend has it."""
    for label, value in series["metric"].items():
        legend = legend.replace(f"{{{{{label}}}}}", value)
    return legend or ", ".join(v for k, v in series["metric"].items() if k != "__name__") or "all"


class Sheet:
    """A page that is filled from top to bottom."""

    def __init__(self, title: str, note: Sequence[str], span: FROM_TO, marks: Mapping[str, float]) -> None:
        """Begin a page; `span` is the run in seconds of the clock, `marks` what happened when."""
        self._parts: list[str] = []
        self._span, self._marks = span, marks
        self._text(MARGIN, 30, title, size=20)
        for number, line in enumerate(note):
            self._text(MARGIN, 52 + 16 * number, line, colour="#555555")
        self._y = 52 + 16 * len(note)

    def row(self, title: str, panels: Sequence[Panel], series: Callable[[Panel], Named]) -> None:
        """Draw a row of panels: the single figures first, the others below in columns."""
        self._y += 26
        self._text(MARGIN, self._y, title, size=15)
        self._rule(self._y + 6)
        self._y += 14
        figures = [panel for panel in panels if panel.kind == "stat"]
        for number, panel in enumerate(figures):
            x = MARGIN + (number % FIGURES_IN_A_ROW) * (WIDTH - 2 * MARGIN) / FIGURES_IN_A_ROW
            y = self._y + 20 + 48 * (number // FIGURES_IN_A_ROW)
            found = series(panel)
            self._text(x, y, panel.title, colour="#555555")
            self._text(x, y + 22, _now(found[0][1], panel) if found else "nothing", size=18)
        self._y += 48 * math.ceil(len(figures) / FIGURES_IN_A_ROW) + (8 if figures else 0)
        others = [panel for panel in panels if panel.kind != "stat"]
        for at in range(0, len(others), COLUMNS):
            heights = [
                self._panel(panel, MARGIN + side * (COLUMN + GAP), series(panel))
                for side, panel in enumerate(others[at : at + COLUMNS])
            ]
            self._y += max(heights) + 14

    def svg(self) -> str:
        """Return the page."""
        height = self._y + MARGIN
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" font-family="sans-serif" '
            f'font-size="12"><rect width="{WIDTH}" height="{height:.0f}" fill="#ffffff"/>'
        )
        return "\n".join([head, *self._parts, "</svg>"]) + "\n"

    def _panel(self, panel: Panel, x: float, series: Named) -> float:
        self._text(x, self._y + 18, panel.title, weight="bold")
        if not series:
            self._text(x, self._y + 40, "nothing in this run", colour="#555555")
            return 50
        if panel.kind == "timeseries":
            return 26 + self._plot(panel, x, self._y + 26, series)
        most = max(points[-1][1] for _, points in series) or 1
        shown = series[:LINES_OF_LEGEND]
        for number, (name, points) in enumerate(shown):
            y = self._y + 38 + 18 * number
            self._text(x, y, name)
            self._text(x + COLUMN, y, _now(points, panel), anchor="end")
            if panel.kind == "bargauge":
                self._rect(x + 190, y - 10, 130 * points[-1][1] / most, 11, PALETTE[0])
        if len(series) > len(shown):
            self._text(x, self._y + 38 + 18 * len(shown), f"{len(series) - len(shown)} more", colour="#555555")
        return 34 + 18 * len(shown) + (16 if len(series) > len(shown) else 0)

    def _plot(self, panel: Panel, x: float, y: float, series: Named) -> float:
        custom = panel.raw["fieldConfig"]["defaults"]["custom"]
        bars, stacked = custom.get("drawStyle") == "bars", custom.get("stacking", {}).get("mode") == "normal"
        series = sorted(series, key=lambda one: -max(value for _, value in one[1]))
        left, width, (start, end) = x + 62, COLUMN - 62, self._span
        sums: dict[float, float] = {}
        for _, points in series:
            for at, value in points:
                sums[at] = sums.get(at, 0.0) + value if stacked else max(sums.get(at, 0.0), value)
        top = _round_up(max(sums.values()), panel.unit)

        def place(at: float, value: float) -> tuple[float, float]:
            return left + width * (at - start) / (end - start), y + PLOT * (1 - value / top)

        for share in (0, 0.5, 1):
            self._rule(place(0, top * share)[1], left, left + width)
            self._text(left - 6, place(0, top * share)[1] + 4, told(top * share, panel.unit), anchor="end")
        for minute in range(int((end - start) / 60) + 1):
            self._text(place(start + 60 * minute, 0)[0], y + PLOT + 14, f"{minute} min", colour="#888888")
        for at in self._marks.values():
            self._line([place(at, 0), place(at, top)], "#888888", dashed=True)
        below: dict[float, float] = {}
        for number, (_, points) in enumerate(series):
            colour = PALETTE[number % len(PALETTE)]
            upper = [(at, value + (below.get(at, 0.0) if stacked else 0.0)) for at, value in points]
            if bars:
                thick = max(2.0, width * BAR_SECONDS / (end - start) - 2)
                for (at, high), (_, value) in zip(upper, points, strict=True):
                    if at - start >= BAR_SECONDS:  # what was before the run is not drawn
                        self._rect(place(at, 0)[0] - thick, place(at, high)[1], thick, PLOT * value / top, colour)
            else:
                for part in _unbroken(upper):
                    self._line([place(at, value) for at, value in part], colour)
            if stacked:
                below.update(upper)
        moving = [one for one in series if any(value for _, value in one[1])] or series[:1]
        for number, (name, points) in enumerate(moving[:LINES_OF_LEGEND]):
            at_y = y + PLOT + 32 + LEGEND_LINE * number
            self._rect(left, at_y - 8, 14, 5, PALETTE[number % len(PALETTE)])
            most = told(max(value for _, value in points), panel.unit)
            self._text(left + 20, at_y, f"{name} (at most {most})")
        lines, still = min(len(moving), LINES_OF_LEGEND), len(series) - len(moving)
        more = " and ".join(
            [f"{len(moving) - lines} more"] * (len(moving) > lines) + [f"{still} that stay at 0"] * (still > 0)
        )
        self._text(left, y + PLOT + 32 + LEGEND_LINE * lines, more, colour="#555555")
        return PLOT + 26 + LEGEND_LINE * (lines + bool(more))

    def _line(self, points: Sequence[tuple[float, float]], colour: str, *, dashed: bool = False) -> None:
        dots = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dash = ' stroke-dasharray="3 3" stroke-width="1"' if dashed else ' stroke-width="1.6"'
        self._parts.append(f'<polyline points="{dots}" fill="none" stroke="{colour}"{dash}/>')

    def _rect(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        if height >= 0.05:
            box = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
            self._parts.append(f'<rect {box} fill="{colour}"/>')

    def _rule(self, y: float, left: float = MARGIN, right: float = WIDTH - MARGIN) -> None:
        self._parts.append(f'<path d="M{left:.1f} {y:.1f}H{right:.1f}" stroke="#dddddd"/>')

    def _text(
        self, x: float, y: float, text: str, *, anchor: str = "start", size: int = 12, colour: str = "#222222",
        weight: str = "normal",
    ) -> None:  # fmt: skip
        look = f'text-anchor="{anchor}" font-size="{size}" fill="{colour}" font-weight="{weight}"'
        self._parts.append(f'<text x="{x:.1f}" y="{y:.1f}" {look}>{html.escape(text)}</text>')


def _now(points: Sequence[tuple[float, float]], panel: Panel) -> str:
    whole = panel.raw["fieldConfig"]["defaults"].get("decimals") == 0
    return told(round(points[-1][1]) if whole else points[-1][1], panel.unit)


def _round_up(most: float, unit: str) -> float:
    if most <= 0:
        return 1.0
    base = 1024.0 ** int(math.log(most, 1024)) if unit == "bytes" else 1.0
    if unit == "s":
        base = next((size for size in (86400.0, 3600.0, 60.0) if most >= size), 1.0)
    power = 10.0 ** math.floor(math.log10(most / base))
    return base * next(
        power * step for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if base * power * step >= most * 0.999
    )


def _unbroken(points: Sequence[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """Return the parts of a line between gaps of more than 12 s, in which there was no figure."""
    parts: list[list[tuple[float, float]]] = []
    for point in points:
        if not parts or point[0] - parts[-1][-1][0] > 12:
            parts.append([])
        parts[-1].append(point)
    return parts
