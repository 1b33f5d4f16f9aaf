"""Alerts for people: the list, and one alert in full."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from arabic_reshaper import reshape
from bidi.algorithm import get_display
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from worker.domain.alert import Alert, MatchedArticle, SurgeFigures
from worker.domain.alert_timer import ends_at, escalates_at
from worker.domain.notification_text import SHORT_ID
from worker.entrypoints.demo_view import SEVERITY_STYLES
from worker.entrypoints.terminal import escape_controls, is_right_to_left, lines_for, mark

STATUS_STYLES = {
    "firing": "bold red",
    "escalated": "bold white on red",
    "acknowledged": "yellow",
    "resolved": "green",
}
HEADINGS = ("id", "status", "severity", "age", "art/src/lang", "watch topic")
GAP = 2
LABEL_WIDTH = 11
NAMES_SHOWN = 10


def print_list(console: Console, alerts: Sequence[Alert], now: datetime, *, visual: bool) -> None:
    """Print each alert: its facts in columns, then its headline in one line.

    A terminal gets what fits its width, a pipe gets all of it.
    """
    rows = [HEADINGS, *(_cells(alert, now) for alert in alerts)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if console.is_terminal:
        widths[-1] = min(widths[-1], max(len(HEADINGS[-1]), console.width - sum(widths[:-1]) - GAP * len(widths)))
    _print_cells(console, HEADINGS, widths, ["bold"] * len(HEADINGS))
    for alert, cells in zip(alerts, rows[1:], strict=True):
        styles = ["bold", STATUS_STYLES[alert.status], SEVERITY_STYLES.get(alert.severity, ""), "", "", ""]
        _print_cells(console, cells, widths, styles)
        console.print(one_line(console, alert.title, visual=visual, indent=GAP), soft_wrap=True)


def print_alert_in_full(console: Console, alert: Alert, now: datetime, *, visual: bool) -> None:
    """Print an alert: headline and evidence, facts, timers, articles, comments."""
    print_head(console, alert)
    print_evidence(console, alert, len(alert.evidence), visual=visual)
    console.print()
    for label, value, style in _facts(alert, now, visual=visual):
        console.print(Text.assemble((f"{label:<{LABEL_WIDTH}}", "dim"), (value, style)), soft_wrap=True)
    _print_articles(console, alert, visual=visual)
    if alert.comments:
        console.print(Text("\nComments", "bold"))
    for comment in alert.comments:
        console.print(f"  {clock(comment.at)}  {inline(comment.by, visual=visual)}", markup=False, soft_wrap=True)
        print_words(console, comment.text, visual=visual, indent=4)


def print_head(console: Console, alert: Alert) -> None:
    """Print how grave an alert is, and its watch topic."""
    head = Text.assemble(
        (f" {alert.severity.upper()} ", SEVERITY_STYLES.get(alert.severity, "")),
        (f" {alert.watch_topic}", "bold"),
        (f"  {escape_controls(alert.watch_topic_title)}", "dim"),
    )
    console.print(head, soft_wrap=True)


def print_evidence(console: Console, alert: Alert, most: int, *, visual: bool) -> None:
    """Print an alert's headline and its sentences of evidence, at most so many, with the matched words marked."""
    spans = alert.title_evidence.spans if alert.title_evidence else []
    title = alert.title_evidence.text if alert.title_evidence else alert.title
    for line in lines_for(console, mark(title, spans), visual=visual, indent=GAP):
        line.stylize("bold")
        console.print(line, soft_wrap=True)
    for sentence in alert.evidence[:most]:
        for line in lines_for(console, mark(sentence.text, sentence.spans), visual=visual, indent=GAP + 2):
            console.print(line, soft_wrap=True)


def print_words(console: Console, words: str, *, visual: bool, indent: int) -> None:
    """Print what somebody wrote, wrapped and in its own order."""
    for line in lines_for(console, mark(words, []), visual=visual, indent=indent):
        console.print(line, soft_wrap=True)


def one_line(console: Console, words: str, *, visual: bool, indent: int) -> Text:
    """Return words as one line: cut to the width of a terminal, whole for a pipe."""
    text = mark(words, [])
    if not console.is_terminal:
        return Text(" " * indent + text)
    room = max(30, min(console.width, 110) - indent)
    if cell_len(text) > room:
        while cell_len(text) >= room:
            text = text[:-1]
        text = text.rstrip() + "…"
    (line, *_) = lines_for(console, text, visual=visual, indent=indent)
    return line


def inline(words: str, *, visual: bool) -> str:
    """Return a name or other words for the middle of a line, in their own order."""
    text = escape_controls(" ".join(words.split()))
    return str(get_display(reshape(text), base_dir="R" if is_right_to_left(text) else "L")) if visual else text


def clock(moment: datetime) -> str:
    """Return a moment to the second, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def span_of_time(span: timedelta) -> str:
    """Return how long something is, in its largest unit that fits: 45s, 12m, 3h, 5d. Below zero is 0s."""
    seconds = max(0, int(span.total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def next_timer(alert: Alert, now: datetime) -> str:
    """Return what the alert's next timer does, to whom, and when; nothing once it is resolved."""
    if alert.due_at is None:
        return ""
    answer_by = escalates_at(alert)
    when = f"at {clock(alert.due_at)}"
    when += f", in {span_of_time(alert.due_at - now)}" if alert.due_at > now else " by the clock of its articles"
    if answer_by is None or answer_by > ends_at(alert):
        return f"resolved by itself {when}, unless another article comes"
    steps = alert.settings.escalate
    to = steps[min(alert.escalation_step, len(steps) - 1)].to if steps else "the watch topic's receivers"
    return f"escalated to {to} {when}, unless somebody acknowledges it"


def surge_words(surge: SurgeFigures) -> str:
    """Return the figures of a surge in words."""
    return (
        f"{surge.matches} matches from {surge.sources} sources within "
        f"{span_of_time(timedelta(seconds=surge.window_seconds))}; usual are {surge.usual:g} "
        f"(median of {surge.days} days), {surge.threshold:g} were needed"
    )


def _cells(alert: Alert, now: datetime) -> tuple[str, ...]:
    return (
        alert.id[:SHORT_ID], alert.status, alert.severity, span_of_time(now - alert.raised_at),
        f"{alert.article_count}/{len(alert.sources)}/{len(alert.languages)}", alert.watch_topic,
    )  # fmt: skip


def _print_cells(console: Console, cells: Sequence[str], widths: Sequence[int], styles: Sequence[str]) -> None:
    line = Text()
    for cell, width, style in zip(cells, widths, styles, strict=True):
        shown = cell if len(cell) <= width else cell[: width - 1] + "…"
        line.append(shown, style)
        line.append(" " * (width - len(shown) + GAP))
    line.rstrip()
    console.print(line, soft_wrap=True)


def _facts(alert: Alert, now: datetime, *, visual: bool) -> list[tuple[str, str, str]]:
    """Return label, value and style of each fact that the alert has."""

    def answered(by: str | None, at: datetime | None) -> str:
        return f"by {inline(by, visual=visual)} at {clock(at)}" if by and at else ""

    status: str = alert.status + (f", {alert.escalation_step} times told" if alert.escalation_step else "")
    facts = [
        ("alert", f"{alert.id} ({alert.kind})", "bold"),
        ("status", status, STATUS_STYLES[alert.status]),
        ("raised", f"{clock(alert.raised_at)}, {span_of_time(now - alert.raised_at)} ago", ""),
        ("changed", f"{clock(alert.changed_at)}: {alert.change}, revision {alert.revision}", ""),
        ("answered", answered(alert.acknowledged_by, alert.acknowledged_at), ""),
        ("ended", answered(alert.resolved_by, alert.resolved_at), ""),
        ("next", next_timer(alert, now), ""),
        ("surge", surge_words(alert.surge) if alert.surge else "", ""),
        ("articles", f"{alert.article_count}, first {clock(alert.first_seen)}, last {clock(alert.last_seen)}", ""),
        ("sources", _names(alert.sources, visual=visual), ""),
        ("countries", _names(alert.countries, visual=visual), ""),
        ("languages", _names(alert.languages, visual=visual), ""),
        ("score", f"{alert.score:g}, version {alert.version}", ""),
        ("labels", _names((f"{name}={value}" for name, value in alert.labels.items()), visual=visual), ""),
        ("receivers", _names(alert.settings.to, visual=visual), ""),
    ]
    return [fact for fact in facts if fact[1]]


def _names(names: Iterable[str], *, visual: bool) -> str:
    listed = [inline(name, visual=visual) for name in names]
    more = f" and {len(listed) - NAMES_SHOWN} more" if len(listed) > NAMES_SHOWN else ""
    return ", ".join(listed[:NAMES_SHOWN]) + more


def _print_articles(console: Console, alert: Alert, *, visual: bool) -> None:
    console.print(Text("\nArticles", "bold"))
    for article in alert.articles:
        _print_article(console, article, visual=visual)
    if alert.article_count > len(alert.articles):
        console.print(f"  and {alert.article_count - len(alert.articles)} more, which the alert does not list")


def _print_article(console: Console, article: MatchedArticle, *, visual: bool) -> None:
    console.print(one_line(console, article.headline, visual=visual, indent=GAP), soft_wrap=True)
    source = inline(article.source or "no source named", visual=visual)
    facts = [article.language.code, source, clock(article.seen_at), escape_controls(article.url or article.id)]
    console.print(Text(f"    {' · '.join(facts)}", "dim"), soft_wrap=True)
