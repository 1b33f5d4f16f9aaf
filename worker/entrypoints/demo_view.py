"""What the demo prints: alerts as they fire, and the table at the end."""

from collections import Counter
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.table import Table
from rich.text import Text

from worker.domain.alert import Alert
from worker.domain.article import TaggedArticle
from worker.entrypoints.terminal import escape_controls, lines_for, mark

SEVERITY_STYLES = {
    "critical": "bold white on red",
    "high": "bold red",
    "medium": "yellow",
    "low": "cyan",
    "informational": "dim",
}
STATUS_STYLES = {"acknowledged": "bold green", "escalated": "bold red", "resolved": "dim"}
INDENT = 2


@dataclass
class Totals:
    """What a run counted."""

    articles_in: int = 0
    extracted: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    matches: Counter[str] = field(default_factory=Counter)
    alerts: Counter[str] = field(default_factory=Counter)
    joined: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    dead_letters: Counter[str] = field(default_factory=Counter)

    def add_tagged(self, article: TaggedArticle) -> None:
        """Count a tagged article, its language and its matches."""
        self.languages[article.language.code] += 1
        self.matches.update(match.watch_topic for match in article.matches)


def print_alert(console: Console, alert: Alert, *, visual: bool) -> None:
    """Print an alert as it fires: what, how grave, where, and the sentence that matched."""
    head = Text()
    head.append(f" {alert.severity.upper()} ", SEVERITY_STYLES.get(alert.severity, ""))
    head.append(f" {alert.watch_topic}", "bold")
    head.append(f"  {escape_controls(alert.watch_topic_title)}", "dim")
    console.print(head, soft_wrap=True)
    headline = alert.title_evidence.spans if alert.title_evidence else []
    for line in lines_for(console, mark(alert.title, headline), visual=visual, indent=INDENT):
        line.stylize("bold")
        console.print(line, soft_wrap=True)
    for sentence in alert.evidence[:1]:
        for line in lines_for(console, mark(sentence.text, sentence.spans), visual=visual, indent=INDENT + 2):
            console.print(line, soft_wrap=True)
    article = alert.articles[0]
    origin = " · ".join(filter(None, [article.source or "no source named", article.url]))
    facts = f"{article.language.code} · {origin} · score {alert.score:g} · alert {alert.id[:8]}"
    console.print(Text(" " * INDENT + escape_controls(facts), "dim"), soft_wrap=True)
    console.print()


def print_joined(console: Console, alert: Alert) -> None:
    """Print that an article joined an alert that is there already."""
    text = f"  {alert.change.replace('_', '-')} joined alert {alert.id[:8]} ({alert.watch_topic}): "
    console.print(Text(text + f"{alert.article_count} articles, one alert", "dim"), soft_wrap=True)
    console.print()


def print_answer(console: Console, alert: Alert) -> None:
    """Print what people, or time, have made of an alert."""
    told = ", ".join(name for news in alert.news for name in news.to)
    said = {
        "acknowledged": f"by {escape_controls(alert.acknowledged_by or '')}: nobody else is called",
        "escalated": f"nobody has answered: {told or 'its receivers'} told",
        "resolved": f"by {escape_controls(alert.resolved_by or '')}",
    }
    line = Text(f"  {alert.status}", STATUS_STYLES.get(alert.status, ""))
    line.append(f"  alert {alert.id[:8]} ({alert.watch_topic}) {said.get(alert.status, '')}", "default")
    console.print(line, soft_wrap=True)


def print_totals(console: Console, totals: Totals, metrics_text: str, seconds: float) -> None:
    """Print the table that ends the demo."""
    table = Table(title="What the worker made of the seeds", title_justify="left", show_header=False)
    table.add_column(style="bold")
    table.add_column()
    table.add_row("articles in", str(totals.articles_in))
    table.add_row("extracted", str(totals.extracted))
    table.add_row("languages", _counts(totals.languages))
    table.add_row("matches", _counts(totals.matches))
    table.add_row("alerts", f"{_counts(totals.alerts)}  ({totals.joined} articles joined one)")
    table.add_row("answers", _counts(totals.answers))
    table.add_row("dead letters", _counts(totals.dead_letters))
    for stage, (count, sum_seconds) in stage_seconds(metrics_text).items():
        mean = f"{sum_seconds / count * 1000:.1f} ms a message" if count else "nothing to do"
        table.add_row(f"stage {stage}", f"{sum_seconds:.3f} s, {mean}")
    table.add_row("from start to end", f"{seconds:.1f} s")
    console.print(table)


def stage_seconds(metrics_text: str) -> dict[str, tuple[int, float]]:
    """Return (messages, seconds) by stage from the worker's /metrics page."""
    values: dict[tuple[str, str], float] = {}
    for family in text_string_to_metric_families(metrics_text):
        if family.name == "rasid_stage_seconds":
            for sample in family.samples:
                values[sample.name.rpartition("_")[2], sample.labels["stage"]] = sample.value
    stages = [stage for kind, stage in values if kind == "count"]
    return {stage: (int(values["count", stage]), values["sum", stage]) for stage in stages}


def _counts(counter: Counter[str]) -> str:
    total = sum(counter.values())
    parts = ", ".join(f"{name} {count}" for name, count in sorted(counter.items()))
    return f"{total}: {parts}" if parts else "0"
