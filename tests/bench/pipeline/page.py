"""Writes a run as docs/performance.md."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

from tests.bench.brokers import EMBEDDED, KAFKA, broker_name
from tests.bench.pipeline import growth_page, hot_spots, lines
from tests.bench.pipeline.results import (
    CEILING,
    Hop,
    Quality,
    Rounds,
    Run,
    Share,
    Spread,
    ratio,
    spread,
    with_broker,
)
from tests.bench.pipeline.targets import targets
from tests.bench.pipeline.trial import Throughput
from tests.bench.resident import MEGABYTE

TITLES = {
    line.key: line.title for line in (lines.NAIVE, lines.QUIX, lines.QUIX_OWN, lines.WORKER, lines.CANDIDATES)
} | {CEILING: "(d) ceiling: no Kafka"}
REACHED = {True: "yes", False: "**no**", None: "not to be told: the machine was busy"}
NEXT = Path(__file__).with_name("where_next.md")


def page(run: Run) -> str:
    """Return docs/performance.md."""
    parts = [
        "# Performance",
        "Written by `make bench`, not by hand; the section on what comes next alone is written by people. "
        "Seconds say little beyond this machine and this hour: look at the ratios, which come from one run.",
        _conditions(run),
        "## Targets",
        _table(
            ("target", "measured", "reached"),
            ([one.target, one.measured, REACHED[one.is_reached]] for one in targets(run)),
        ),
        *_throughputs(run),
        *_latency(run),
        *_bytes(run),
        *_hops(run.hops),
        *_quality(run.quality),
        *growth_page.sections(run),
        *_profile(run.profile),
        "## The lines",
        LINES,
        NEXT.read_text("utf-8").strip() if NEXT.exists() else "",
        *_notes(run.notes),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


LINES = """\
- **(a) naive loop**: aiokafka, json, trafilatura, langdetect and prometheus-client at their defaults, one process
  a core. It takes 32 messages, and does one after the other: json.loads;
  trafilatura.bare_extraction(with_metadata=True); langdetect.detect on the whole text; for every watch topic each
  term in small letters, words by a set and phrases by `in`; the condition with every `near` read as `and`;
  json.dumps. It sends the tagged article and one alert a match, waits for the answers, commits. It knows no
  grammatical forms, spellings, distances, evidence, scores, stories, furniture, charsets, time limits or dead
  letters: it does less, and finds other things.
- **(b) quixstreams** with the same naive function, one process a core; at least once, by its defaults.
- **(b') quixstreams with Rasid's own extract and tag functions** in one call: no hop through Kafka between them,
  no pool with a time limit, no dead letters, no alert desk. It is the least that a framework can cost here.
- **(c) Rasid** as it is shipped: one worker with a pool of one process a core, all agents, every promise kept.
- **(d) the ceiling**: Rasid's extract and tag functions in a pool of one process a core, over the same messages in
  memory, with no Kafka. The alert desk is left out."""


def _conditions(run: Run) -> str:
    loads = ", ".join(f"{load:.1f}" for load in run.load)
    counts = "; ".join(
        f"{name} {count:,}, of which {warm_up:,} only warm up" for name, (count, warm_up) in run.counts.items()
    )
    return "\n".join(
        (
            f"- When: {run.when}",
            f"- Machine: {run.machine}; load (1 minute) as each round began: {loads}",
            f"- Versions: {run.versions}",
            f"- Matching engine of (b'), (c) and (d): {run.engine}",
            f"- Pages: {run.page_set}, {run.mean_kilobytes:.0f} KB each on average"
            + ("" if run.is_real else ". **These say little: get the real ones, `python -m tests.bench.pages`**"),
            "- Plain texts: paragraphs of the pages' gold texts, put together at random to 7 KB",
            f"- Articles a round: {counts}. Where there are more than pages, pages come again under another "
            "address, so the matcher knows their words",
            "- Watch topics: `moscow-attack` and generated ones of 35 terms (tests/bench/generated.py); 2% of the "
            "articles bear a headline that `moscow-attack` raises an alert for",
            "- A backlog lies in Kafka before a line starts; its first articles warm up and are not measured. "
            "Lines take turns within a round, and the one that goes first changes. Shown: median (lowest to "
            "highest). The broker runs on the same cores",
            "- *a core*: articles a second of CPU time of all processes of the line, the broker's left out. "
            "*All CPU*: the broker's included; where other programs use the machine it says more than articles/s",
        )
    )


def _throughputs(run: Run) -> Iterable[str]:
    groups: dict[tuple[str, int], list[Rounds]] = {}
    for one in run.trials:
        if one.rounds:
            groups.setdefault((one.articles, one.watch_topics), []).append(one)
    for (articles, watch_topics), members in groups.items():
        name = "Real pages" if articles == "pages" and run.is_real else articles.capitalize()
        yield f"## {name}, {watch_topics:,} watch topics"
        reference = next((one for one in members if one.line == "naive"), None)
        ceiling = next((one for one in members if one.line == CEILING), None)
        yield _table(
            (
                "line", "broker", "articles/s", "a core", "against (a)", "a core, against (a)",
                "against (d), all CPU", "CPU ms: own", "pool", "broker", "PSS MB",
            ),
            (_row(one, reference, ceiling) for one in members),
        )  # fmt: skip


def _row(one: Rounds, reference: Rounds | None, ceiling: Rounds | None) -> list[str]:
    return [
        TITLES.get(one.line, one.line),
        broker_name(one.broker) if one.broker else "none",
        shown(spread([each.per_second for each in one.rounds])),
        shown(spread([each.per_core for each in one.rounds])),
        shown(ratio(one, reference, lambda each: each.per_second), 2),
        shown(ratio(one, reference, lambda each: each.per_core), 2),
        shown(ratio(one, ceiling, with_broker), 2),
        _ms(one.rounds, lambda each: each.cpu_own),
        _ms(one.rounds, lambda each: each.cpu_started),
        _ms(one.rounds, lambda each: each.cpu_broker),
        f"{median(each.pss for each in one.rounds) / MEGABYTE:,.0f}",
    ]


def _ms(rounds: Sequence[Throughput], value: object) -> str:
    assert callable(value)
    return f"{median(1_000 * value(each) / each.articles for each in rounds):.2f}"


def shown(value: Spread | None, digits: int = 1) -> str:
    """Return a median with its spread."""
    if value is None:
        return ""
    if value.low == value.high:
        return f"{value.median:,.{digits}f}"
    return f"{value.median:,.{digits}f} ({value.low:,.{digits}f} to {value.high:,.{digits}f})"


def _latency(run: Run) -> Iterable[str]:
    rows = []
    for one in run.trials:
        for found in (one.latency, one.calm):
            if found is None or not found.milliseconds:
                continue
            rows.append(
                [
                    TITLES.get(one.line, one.line), broker_name(one.broker), one.articles, f"{found.rate:.1f}",
                    *(f"{found.percentile(share):,.0f}" for share in (0.5, 0.95, 0.99)),
                    f"{len(found.milliseconds):,} of {found.expected:,}",
                ]
            )  # fmt: skip
    if rows:
        yield "## From arrival to alert, ms"
        yield (
            "Articles come by chance (Poisson) at half of the line's own throughput, and to the worker at 4 a "
            "second besides; half of them are on the subject. The clock starts when an article is handed to a "
            "producer, and stops when a consumer has read the alert."
        )
        yield _table(("line", "broker", "articles", "articles/s", "p50", "p95", "p99", "alerts seen"), rows)


def _bytes(run: Run) -> Iterable[str]:
    weighed = [one for one in run.trials if one.rounds and one.rounds[0].bytes_an_article]
    if not weighed:
        return
    names = list(dict.fromkeys(name for one in weighed for name in one.rounds[0].bytes_an_article))
    yield "## Bytes through Kafka an article"
    yield (
        "Keys and values as they were written, before compression; what an agent takes in is read once more. Dead "
        "letters are copies of what was rejected."
    )
    yield _table(
        ("line", "articles", "watch topics", *names, "in all"),
        (
            [
                TITLES.get(one.line, one.line), one.articles, f"{one.watch_topics:,}",
                *(f"{sizes.get(name, 0):,.0f}" for name in names), f"{sum(sizes.values()):,.0f}",
            ]
            for one in weighed
            if one.broker == weighed[0].broker
            for sizes in (one.rounds[0].bytes_an_article,)
        ),
    )  # fmt: skip


def _hops(hops: Sequence[Hop]) -> Iterable[str]:
    if hops:
        yield "## What each hop costs, CPU ms"
        yield (
            "Tag: extracted articles are written to `articles.extracted`, so that nothing is extracted. Alert: "
            "matches are written to `matches`; each raises an alert or joins one, and is delivered to the log. "
            "Extract: what is left of the whole."
        )
        yield _table(
            ("hop", "a", "worker's own process", "its pool", "broker"),
            (
                [one.name, one.message, *(f"{ms:.2f}" for ms in (one.own_ms, one.pool_ms, one.broker_ms))]
                for one in hops
            ),
        )


def _quality(quality: Quality | None) -> Iterable[str]:
    if quality is not None:
        yield "## Token F1 against the gold texts"
        yield _table(
            ("pages", "Rasid", "trafilatura's defaults"),
            [[str(quality.pages), f"{quality.rasid:.4f}", f"{quality.trafilatura:.4f}"]],
        )


def _profile(profile: Sequence[Share]) -> Iterable[str]:
    if not profile:
        return
    yield "## Where the time goes"
    yield (
        "py-spy, samples of who held the interpreter's lock, each counted for the deepest function that is "
        "Rasid's or a library's; C code counts for the function that calls it."
    )
    for one in profile:
        yield f"**{one.process}** ({one.samples:,} samples in {hot_spots.SECONDS} s at {hot_spots.RATE} a second)"
        yield _table(
            ("module", "share", "hottest functions", "share itself"),
            (
                [name, f"{share:.1%}", function, f"{own:.1%}" if function else ""]
                for (name, share), (function, own) in _side_by_side(one)
            ),
        )


def _side_by_side(one: Share) -> Iterable[tuple[tuple[str, float], tuple[str, float]]]:
    modules = list(one.shares.items())
    for number, module in enumerate(modules):
        yield module, one.hottest[number] if number < len(one.hottest) else ("", 0.0)


def _notes(notes: Sequence[str]) -> Iterable[str]:
    if notes:
        yield "## What failed in this run"
        yield "\n".join(f"- {' '.join(note.split())}" for note in notes)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    listed = list(rows)
    right = [
        bool(listed) and all(row[at][:1].isdigit() or not row[at] for row in listed) for at in range(len(head))
    ]
    return "\n".join(
        [
            f"| {' | '.join(head)} |",
            f"| {' | '.join('---:' if each else '---' for each in right)} |",
            *(f"| {' | '.join(row)} |" for row in listed),
        ]
    )


BROKERS = (KAFKA, EMBEDDED)
