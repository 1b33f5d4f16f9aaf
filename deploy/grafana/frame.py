"""What every dashboard has around its panels: variables, links to the others and to the pages, annotations."""

from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.builders.dashboard import (
    AnnotationQuery,
    ConstantVariable,
    CustomVariable,
    Dashboard,
    DashboardLink,
    DatasourceVariable,
    QueryVariable,
    Row,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from deploy.grafana.panels import DATASOURCE, AnyPanel

TAG = "rasid"
ALL = VariableOption(selected=True, text="All", value="$__all")

# A version counts as new when nobody had it in the ten minutes before: a restart is no deploy.
_BEFORE = "last_over_time({}[10m] offset 1m)"
DEPLOYS = f"count by (version) (rasid_build_info) unless on (version) {_BEFORE.format('rasid_build_info')}"


def framed(
    uid: str, title: str, says: str, variables: Sequence[QueryVariable | CustomVariable],
    rows: Mapping[str, Sequence[AnyPanel]], *, annotations: Sequence[AnnotationQuery], docs: str, page: str,
    time_range: str = "now-6h",
) -> Dashboard:  # fmt: skip
    """Return a dashboard.

    Args:
        uid: Its place in addresses; never changes.
        title: Its name.
        says: Whom it is for and what it answers.
        variables: What a reader may choose, besides the data source.
        rows: Panels by the title of their row, from top to bottom.
        annotations: What is marked in its charts, besides deploys.
        docs: Address under which this repository's docs/ can be read.
        page: The page of docs/ that explains what is shown.
        time_range: What is shown at first.
    """
    dashboard = (
        Dashboard(title)
        .uid(uid)
        .description(says)
        .tags([TAG])
        .readonly()
        .time(time_range, "now")
        .refresh("30s")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .with_variable(DatasourceVariable("datasource").label("Data source").type("prometheus"))
    )
    for variable in variables:
        dashboard.with_variable(variable)
    dashboard.with_variable(ConstantVariable("docs").label("Where docs/ is read").value(docs))
    dashboard.link(
        DashboardLink("Rasid").type(DashboardLinkType.DASHBOARDS).tags([TAG]).include_vars(True).keep_time(True)
    )
    for name, file in (("What the figures mean", page), ("Runbooks", "runbooks.md")):
        link = DashboardLink(name).type(DashboardLinkType.LINK).icon("doc").url(f"${{docs}}/{file}")
        dashboard.link(link.target_blank(True))
    for title_of_row, panels in rows.items():
        dashboard.with_row(Row(title_of_row))
        for panel in panels:
            dashboard.with_panel(panel)
    for one in (deploys(), *annotations):
        dashboard.annotation(one)
    return dashboard


def watch_topic_variable(*, many: bool) -> QueryVariable:
    """Return the choice among the watch topics in force: one, or any number and at first all."""
    variable = _choice("watch_topic", "Watch topic", "label_values(rasid_watch_topic_info, watch_topic)")
    return variable.multi(True).include_all(True).all_value(".*").current(ALL) if many else variable


def severity_variable() -> CustomVariable:
    """Return the choice among severities, at first all."""
    variable = CustomVariable("severity").label("Severity").values("critical,high,medium,low,informational")
    return variable.multi(True).include_all(True).all_value(".*").current(ALL)


def instance_variable() -> QueryVariable:
    """Return the choice among workers, at first all."""
    variable = _choice("instance", "Worker", "label_values(rasid_build_info, instance)")
    return variable.multi(True).include_all(True).all_value(".*").current(ALL)


def deploys() -> AnnotationQuery:
    """Return the marks where a version of the worker was put to work."""
    title = "A version that none of the workers had in the ten minutes before"
    return annotation("Deploys", DEPLOYS, "green", title, "Rasid {{version}}")


def watch_topic_changes(*, chosen: bool) -> list[AnnotationQuery]:
    """Return the marks where a watch topic came into force, changed, or went; of all, or of the chosen ones."""
    info = 'rasid_watch_topic_info{watch_topic=~"$watch_topic"}' if chosen else "rasid_watch_topic_info"
    before = _BEFORE.format("rasid_watch_topic_info")
    came = (
        f"count by (watch_topic, version, origin) ({info}) "
        f"unless on (watch_topic, version, origin) {before} and on () count({before}) > 0"
    )
    went = (
        f"count by (watch_topic) ({info} offset 1m) unless on (watch_topic) {info} "
        "and on () count(rasid_watch_topic_info) > 0"
    )
    title = "A watch topic came into force, or another version of it"
    text = "{{watch_topic}} {{version}}, from {{origin}}"
    return [
        annotation("Watch topics", came, "blue", title, text),
        annotation(
            "Watch topics taken away", went, "orange", "A watch topic is no longer in force", "{{watch_topic}}"
        ),
    ]


def annotation(name: str, expr: str, colour: str, title: str, text: str) -> AnnotationQuery:
    """Return marks in time: one wherever the query gives a figure."""
    query = AnnotationQuery().name(name).datasource(DATASOURCE).enable(True).icon_color(colour).expr(expr)
    return query.step("60s").title_format(title).text_format(text)


def _choice(name: str, label: str, query: str) -> QueryVariable:
    return (
        QueryVariable(name)
        .label(label)
        .query({"query": query, "refId": f"variable-{name}"})
        .definition(query)
        .datasource(DATASOURCE)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
    )
