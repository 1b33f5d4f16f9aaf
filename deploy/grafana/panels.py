"""Panels of Rasid's dashboards: each kind with the settings that all of its kind share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from grafana_foundation_sdk.builders.bargauge import Panel as BarGauge
from grafana_foundation_sdk.builders.common import (
    ReduceDataOptions,
    StackingConfig,
    TableSortByFieldState,
    VizLegendOptions,
    VizTooltipOptions,
)
from grafana_foundation_sdk.builders.dashboard import DashboardLink, FieldColor, ThresholdsConfig
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.table import Panel as Table
from grafana_foundation_sdk.builders.text import Panel as Text
from grafana_foundation_sdk.builders.timeseries import Panel as Timeseries
from grafana_foundation_sdk.models.common import (
    BarGaugeDisplayMode,
    BigValueGraphMode,
    DataSourceRef,
    GraphDrawStyle,
    LegendDisplayMode,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardLinkType,
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    Threshold,
    ThresholdsMode,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

DATASOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
COLOURS = {
    "critical": "dark-red", "high": "orange", "medium": "yellow", "low": "blue", "informational": "text",
    "firing": "red", "escalated": "purple", "acknowledged": "blue", "resolved": "green",
    "done": "green", "dead_letter": "red",
}  # fmt: skip
"""What means the same has the same colour everywhere, by the name of the series."""

COLOURED = ("{{severity}}", "{{status}}", "{{outcome}}")

ESTIMATE = "Counted from one look at the workers to the next and spread over the time: it may be a fraction."

COUNT, SECONDS, BYTES, SHARE = "short", "s", "bytes", "percentunit"
PER_SECOND = "suffix: /s"
WATCH_TOPIC_LINK = "/d/rasid-watch-topic?${__url_time_range}&var-watch_topic="

AnyPanel = Timeseries | Stat | BarGauge | Table | Text
P = TypeVar("P", Timeseries, Stat, BarGauge, Table)


@dataclass(frozen=True)
class Query:
    """What Prometheus is asked, and how the answer is named in the legend."""

    expr: str
    legend: str = ""


@dataclass(frozen=True)
class Head:
    """What every panel has.

    Attributes:
        title: Above it.
        says: What it shows and how to read it, behind the (i).
        unit: Of its figures, as Grafana names units.
        width: Of 24 columns.
        runbooks: Names of alerting rules whose runbook helps when the panel looks wrong.
    """

    title: str
    says: str
    unit: str
    width: int = 12
    runbooks: Sequence[str] = ()


def happened(metric: str, label: str, *, shown: str = "", crowded: bool = False) -> Query:
    """Return how often something happened in each interval, by a label, for bars; crowded: only where it did."""
    only = " > 0" if crowded else ""
    return Query(f"sum by ({label}) (increase({metric}[$__interval])){only}", shown or f"{{{{{label}}}}}")


def or_zero(expr: str) -> str:
    """Return a sum that is 0 where it finds nothing, but only while a worker tells anything at all."""
    return f"{expr} or 0 * count(rasid_build_info)"


def lines(head: Head, *queries: Query, stacked: bool = False, bars: bool = False, least: float = 0) -> Timeseries:
    """Return figures over time, as lines, as areas on each other, or as bars of what happened in each interval."""
    panel = (
        _headed(Timeseries(), head, 8)
        .min(least)
        .line_width(1)
        .fill_opacity(60 if bars else 25 if stacked else 5)
        .draw_style(GraphDrawStyle.BARS if bars else GraphDrawStyle.LINE)
        .legend(
            VizLegendOptions().show_legend(True).display_mode(LegendDisplayMode.LIST).calcs(["max", "lastNotNull"])
        )
        .tooltip(VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
    )
    if bars:
        panel.interval("1m").description(f"{head.says} {ESTIMATE}")
    if stacked or bars:
        panel.stacking(StackingConfig().mode(StackingMode.NORMAL))
    if any(query.legend in COLOURED for query in queries):
        for name, colour in COLOURS.items():
            panel.override_by_name(name, [DynamicConfigValue("color", {"mode": "fixed", "fixedColor": colour})])
    return _asking(panel, queries, instant=False)


def figure(
    head: Head, query: Query, *, orange: float | None = None, red: float | None = None, low_is_bad: bool = False
) -> Stat:
    """Return one figure as it is now; it turns orange and red from the bounds on, or is red below the bound."""
    steps = [Threshold(value=None, color="text")]
    steps += [
        Threshold(value=at, color=colour) for at, colour in ((orange, "orange"), (red, "red")) if at is not None
    ]
    if low_is_bad:
        steps = [Threshold(value=None, color="red"), Threshold(value=red, color="text")]
    panel = (
        _headed(Stat(), head, 4)
        .thresholds(ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
        .reduce_options(ReduceDataOptions().calcs(["lastNotNull"]))
        .graph_mode(BigValueGraphMode.NONE)
    )
    return _asking(_whole(panel, head), [query], instant=True)


def ranking(head: Head, query: Query, *, to_watch_topic: bool = False) -> BarGauge:
    """Return bars beside each other, the longest first; each leads to its watch topic if asked for."""
    panel = (
        _headed(BarGauge(), head, 8)
        .min(0)
        .orientation(VizOrientation.HORIZONTAL)
        .display_mode(BarGaugeDisplayMode.BASIC)
        .reduce_options(ReduceDataOptions().calcs(["lastNotNull"]))
        .color_scheme(FieldColor().mode(FieldColorModeId.FIXED).fixed_color("blue"))
    )
    if to_watch_topic:
        panel.data_links([_link("This watch topic", WATCH_TOPIC_LINK + "${__field.labels.watch_topic}")])
    return _asking(_whole(panel, head), [query], instant=True)


def table(head: Head, query: Query, columns: Sequence[str], value: str) -> Table:
    """Return a table of the labels in `columns` and the figure under the name `value`, the highest first."""
    shown = {name: name.replace("_", " ") for name in columns} | {"Value": value}
    organise: dict[str, object] = {
        "excludeByName": {"Time": True},
        "indexByName": {name: at for at, name in enumerate(shown)},
        "renameByName": shown,
    }
    panel = (
        _headed(Table(), head, 8)
        .with_transformation(DataTransformerConfig(id_val="organize", options=organise))
        .sort_by([TableSortByFieldState().display_name(value).desc(True)])
    )
    if "watch_topic" in columns:
        link = {"title": "This watch topic", "url": WATCH_TOPIC_LINK + "${__value.text}"}
        panel.override_by_name("watch topic", [DynamicConfigValue(id_val="links", value=[link])])
    return _asking(panel, [query], instant=True)


def missing(rows: Sequence[tuple[str, str, str]], height: int = 7) -> Text:
    """Return what no metric tells: the question, why there is no figure, and where the answer is instead."""
    lines_of_table = ["| you may ask | why no figure tells it | where to look |", "| --- | --- | --- |"]
    lines_of_table += [f"| {' | '.join(row)} |" for row in rows]
    return (
        Text()
        .title("What is not shown here, and why")
        .description("Questions that metrics cannot answer, and where the answer is instead.")
        .content("\n".join(lines_of_table))
        .span(24)
        .height(height)
    )


def runbook_link(rule: str) -> DashboardLink:
    """Return the link to the runbook of an alerting rule."""
    return _link(f"Runbook: {rule}", f"${{docs}}/runbooks.md#{rule.lower()}", new_tab=True)


def _link(title: str, url: str, *, new_tab: bool = False) -> DashboardLink:
    return DashboardLink(title).type(DashboardLinkType.LINK).url(url).target_blank(new_tab)


def _headed(panel: P, head: Head, height: int) -> P:
    panel.title(head.title).description(head.says).unit(head.unit).span(head.width).height(height)
    return panel.datasource(DATASOURCE).links([runbook_link(rule) for rule in head.runbooks])


def _whole(panel: P, head: Head) -> P:
    """Show counts without fractions: Prometheus' estimate of 27 is 27.04."""
    return panel.decimals(0) if head.unit == COUNT else panel


def _asking(panel: P, queries: Sequence[Query], *, instant: bool) -> P:
    of_table = isinstance(panel, Table)
    for number, query in enumerate(queries):
        target = Dataquery().expr(query.expr).ref_id(chr(ord("A") + number)).datasource(DATASOURCE)
        target.format(PromQueryFormat.TABLE if of_table else PromQueryFormat.TIME_SERIES)
        if query.legend:
            target.legend_format(query.legend)
        panel.with_target(target.instant() if instant else target.range())
    return panel
