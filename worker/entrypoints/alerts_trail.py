"""The changes of alerts for people: one event as a line or a short block."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from worker.domain.alert import Alert
from worker.domain.alert_event import AlertEvent
from worker.domain.notification_text import SHORT_ID
from worker.domain.silence import silence_words
from worker.entrypoints.alerts_view import (
    GAP,
    clock,
    inline,
    one_line,
    print_evidence,
    print_words,
    surge_words,
)
from worker.entrypoints.demo_view import SEVERITY_STYLES

CHANGE_STYLES = {
    "raised": "bold red",
    "escalated": "bold white on red",
    "acknowledged": "yellow",
    "resolved": "green",
    "refused": "magenta",
    "copy": "dim",
}
CHANGE_WIDTH = 12
"""Of `acknowledged`, the longest of the words."""


def without_repeats(events: Iterable[AlertEvent]) -> list[AlertEvent]:
    """Return events without those that a worker wrote again after it was ended in the middle of its work.

    An alert that is raised again long after its end has the same event id at another time, and stays.
    """
    return list({(event.id, event.at): event for event in events}.values())


def print_history(console: Console, events: Sequence[AlertEvent], *, visual: bool) -> None:
    """Print the history of one alert: when, what, who, why, which article, where in Kafka."""
    console.print(Text("\nHistory", "bold"))
    if not events:
        console.print("  no event in alert-events tells of it")
    for event in events:
        number = str(event.revision) if event.revision else "-"
        head = Text.assemble((f"  {clock(event.at)}", "dim"), f"  {number:>3}  ", _change(event))
        _append_details(head, _details(event, None, visual=visual))
        console.print(head, soft_wrap=True)
        if event.why:
            print_words(console, event.why, visual=visual, indent=6)
        if event.origins:
            version = f" · watch topic version {event.version}" if event.version else ""
            console.print(Text(f"      {', '.join(event.origins)}{version}", "dim"), soft_wrap=True)


def print_change(console: Console, event: AlertEvent, alert: Alert | None, *, visual: bool) -> None:
    """Print a change as it comes: a line, the headline, and for a new alert a sentence of evidence.

    Args:
        console: Where to.
        event: The change.
        alert: The alert as it stands then; None for a silence, and where it is not known.
        visual: Whether right-to-left text is put in visual order.
    """
    head = Text.assemble((clock(event.at), "dim"), "  ", _change(event))
    if alert is not None:
        head.append(f"  {alert.id[:SHORT_ID]}", "bold")
        head.append("  ").append(alert.severity, SEVERITY_STYLES.get(alert.severity, ""))
        head.append(f"  {alert.watch_topic}")
    else:
        head.append(f"  {(event.alert or event.watch_topic)[:SHORT_ID]}", "bold")
    _append_details(head, _details(event, alert, visual=visual))
    console.print(head, soft_wrap=True)
    if event.why:
        print_words(console, event.why, visual=visual, indent=GAP)
    if alert is None:
        return
    if event.raised is not None:
        print_evidence(console, alert, 1, visual=visual)
    else:
        words = event.article.headline if event.article else alert.title
        line = one_line(console, words, visual=visual, indent=GAP)
        line.stylize("dim")
        console.print(line, soft_wrap=True)


def _change(event: AlertEvent) -> tuple[str, str]:
    return (f"{event.change.replace('_', ' '):<{CHANGE_WIDTH}}", CHANGE_STYLES.get(event.change, "bold"))


def _append_details(head: Text, details: Sequence[str]) -> None:
    if details:
        head.append("  ").append(" · ".join(details))
    head.rstrip()


def _details(event: AlertEvent, alert: Alert | None, *, visual: bool) -> list[str]:
    """Return what there is to say of a change in a few words each."""

    def shown(words: Any) -> str:
        return inline(str(words), visual=visual)

    details = [f"by {shown(event.by)}"] if event.by else []
    article = event.article or (event.raised.articles[0] if event.raised and event.raised.articles else None)
    if article is not None:
        details.append(f"{article.language.code} {shown(article.source or article.id)}")
    if event.raised is not None and event.raised.surge is not None:
        details.append(f"surge: {surge_words(event.raised.surge)}")
    if event.silence is not None:
        details.append(f"{shown(silence_words(event.silence))} until {clock(event.silence.ends_at)}")
    if event.article is not None and alert is not None:
        details.append(f"{alert.article_count} articles, {len(alert.sources)} sources")
    for news in event.news:
        if news.kind == "development":
            details.append(shown(news.text))
        elif news.kind == "escalated":
            details.append(f"told {', '.join(map(shown, news.to)) or 'the receivers of the watch topic'}")
    return details
