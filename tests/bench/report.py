"""Writes the results of a run as a page in Markdown, for the terminal and for docs/matching-benchmark.md."""

from collections.abc import Iterable, Sequence

from tests.bench.results import Figure, Results

_PEER_HEAD = (
    *("watch topics", "Rasid articles/s", "Lucene articles/s", "ratio", "Lucene p50 ms", "p99 ms"),
    *("queries run", "build s", "heap MB"),
)
_MATCHES_HEAD = (
    *("watch topics", "found by both", "Rasid alone", "Lucene alone"),
    *("of Rasid's Lucene has", "of Lucene's Rasid has"),
)


def page(results: Results) -> str:
    """Return the whole report."""
    parts = [
        "# Matching: what it costs, and beside Lucene Monitor",
        "Written by `make bench-matching`, not by hand. What is measured, and what is not, stands in "
        "[tests/bench/README.md](../tests/bench/README.md).",
        _conditions(results),
        "## Rasid on one core",
        _ours(results),
        _engines(results),
        "*articles/s*, p50 and p99: new articles, after the warm-up; of the 1,000 words of each, "
        f"{results.new_words:.0f} were new to the process. *First 30*: the first articles of a process that has "
        "seen no word yet. *Again*: the same articles a second time, all words known; a stream of new articles "
        "comes near it only after days. *Cost*: milliseconds an article over those at the smallest size in the "
        "same round. *Index*: what building it added to the process; *all*: watch topics, index and all that is "
        "remembered after the run. *A file*: reading and checking one watch-topic file, which comes before. In "
        "brackets the lowest and the highest round.",
        "## Targets",
        f"Of the {'interpreted' if results.not_compiled else 'compiled'} engine.",
        _targets(results),
    ]
    if results.peer_missing:
        parts += ["## Lucene Monitor", f"Not measured: {results.peer_missing}."]
    else:
        parts += ["## Lucene Monitor on the same watch topics and articles", *_peer(results)]
    return "\n\n".join(parts) + "\n"


def _conditions(results: Results) -> str:
    return "\n".join(
        (
            f"- When: {results.when}",
            f"- Machine: {results.machine}; each process kept on one core",
            f"- Versions: Python {results.python}; {results.peer_versions or 'no peer'}",
            f"- Engine: worker/domain with the hash {results.engine}",
            f"- Rounds: {results.rounds}, each size in a fresh process, Rasid and Lucene by turns",
            f"- Articles: {results.warm_up_articles} to warm up, {results.measured_articles} others measured, "
            f"1,000 words each ({results.distinct_words:.0f} distinct), a third each Arabic, Russian and English",
            f"- Watch topics: {results.terms_each:.0f} terms each on average; seed {results.seed}, "
            f"fingerprint {results.fingerprint}",
        )
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _spread(found: Figure, digits: int = 0) -> str:
    if found.low == found.high:
        return f"{found.median:,.{digits}f}"
    return f"{found.median:,.{digits}f} ({found.low:,.{digits}f} to {found.high:,.{digits}f})"


def _engines(results: Results) -> str:
    if results.not_compiled:
        return f"Interpreted alone, and judged so: {results.not_compiled}."
    return (
        "*Compiled* is the engine as the image has it, its modules compiled by `deploy/compile-engine`; the "
        "targets and Lucene are held against it. *Interpreted* are the same sources as they are, where nothing is "
        "compiled."
    )


def _ours(results: Results) -> str:
    engines = {"interpreted": results.sizes} if results.not_compiled else {"compiled": results.sizes}
    engines.setdefault("interpreted", results.interpreted)
    head = (
        "watch topics,engine,articles/s,p50 ms,p99 ms,cost,first 30 articles/s,again articles/s,matches an article"
    )
    head += ",build s,index MB,all MB,a file ms"
    return _table(
        head.split(","),
        (
            (
                f"{size.watch_topics:,}",
                engine,
                _spread(size.per_second),
                f"{size.p50_ms:.2f}",
                f"{size.p99_ms:.2f}",
                _spread(size.cost, 2) if size.cost else "1",
                f"{size.cold_per_second.median:,.0f}",
                f"{size.again_per_second.median:,.0f}",
                f"{size.matches:.2f}",
                f"{size.build_seconds.median:.2f}",
                f"{size.index_megabytes:.0f}",
                f"{size.all_megabytes:.0f}",
                f"{size.file_ms:.1f}",
            )
            for engine, sizes in engines.items()
            for size in sizes
        ),
    )


def _targets(results: Results) -> str:
    rows = ((found.target, found.measured, "yes" if found.reached else "**no**") for found in results.targets)
    return _table(("target", "measured", "reached"), rows) if results.targets else "None for these sizes."


def _peer(results: Results) -> list[str]:
    measured = [(size, size.peer) for size in results.sizes if size.peer]
    speed = _table(
        _PEER_HEAD,
        (
            (
                f"{size.watch_topics:,}",
                f"{size.per_second.median:,.0f}",
                _spread(peer.per_second),
                f"**{peer.ratio.median:.2f}** ({peer.ratio.low:.2f} to {peer.ratio.high:.2f})",
                f"{peer.p50_ms:.2f}",
                f"{peer.p99_ms:.2f}",
                f"{peer.queries_run:.0f}",
                f"{peer.build_seconds:.1f}",
                f"{peer.index_megabytes:.0f}",
            )
            for size, peer in measured
        ),
    )
    matches = _table(
        _MATCHES_HEAD,
        (
            (
                f"{size.watch_topics:,}",
                f"{peer.both:,}",
                f"{peer.ours_alone:,}",
                f"{peer.peers_alone:,}",
                f"{peer.precision:.1%}",
                f"{peer.recall:.1%}",
            )
            for size, peer in measured
        ),
    )
    return [
        speed,
        "*ratio*: Rasid's articles a second over Lucene's, round by round. Lucene has it easier in three ways: it "
        "is told each article's language and searches that one alone; its presearcher is told how often each term "
        "occurs in the warm-up's articles; and it answers which watch topics match and no more, where Rasid gives "
        "score, level and every span besides. It has it harder in one: a field more, for exact terms and "
        "wildcards, which a stemmed field cannot answer. *Queries run*: those that its presearcher let through.",
        "## Where the two agree",
        matches,
        f"Why they differ, in a sample of {results.sampled} matches that only one of them found, at the "
        "largest size. Most words are coined and inflected by rule, so the shares say which kinds of difference "
        "there are, not how common they are in real text.",
        _table(
            ("found by", "why", "share", "example"),
            (
                (found.found_by, found.why, f"{found.count / results.sampled:.0%}", f"`{found.example}`")
                for found in results.differences
            ),
        )
        if results.sampled
        else "No difference.",
    ]
