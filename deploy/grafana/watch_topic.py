"""The dashboard of one watch topic: what it finds, in which languages, what became of it, and its versions."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from deploy.grafana.frame import framed, watch_topic_changes, watch_topic_variable
from deploy.grafana.panels import (
    COUNT,
    SECONDS,
    SHARE,
    AnyPanel,
    Head,
    Query,
    figure,
    happened,
    lines,
    missing,
    or_zero,
    ranking,
    table,
)

UID = "rasid-watch-topic"
_THIS = 'watch_topic="$watch_topic"'


def watch_topic(docs: str) -> Dashboard:
    """Return the dashboard; `docs` is where this repository's docs/ can be read."""
    return framed(
        UID,
        "Rasid · Watch topic",
        "One watch topic: what it finds, in which languages, its alerts, rises and versions.",
        [watch_topic_variable(many=False)],
        {
            "Now": _now(),
            "Matches": _matches(),
            "Alerts and rises": _alerts(),
            "Versions": _versions(),
            "Limits": [missing(_MISSING)],
        },
        annotations=watch_topic_changes(chosen=True),
        docs=docs,
        page="watch-topics.md",
        time_range="now-24h",
    )


def _now() -> list[AnyPanel]:
    matches = f"sum(increase(rasid_matches_total{{{_THIS}}}[$__range]))"
    return [
        figure(
            Head("Open alerts", "Firing, escalated or acknowledged.", COUNT, 4),
            Query(or_zero(f'sum(rasid_alerts{{{_THIS},status!="resolved"}})')),
        ),
        figure(
            Head(
                "Oldest unanswered", "Since when the oldest unanswered alert stands; without alerts of a replay.",
                SECONDS, 4, ["RasidAlertUnacknowledged"],
            ),
            Query(or_zero(f"max(rasid_unacknowledged_alert_seconds{{{_THIS}}})")),
            orange=900,
            red=4 * 3600,
        ),
        figure(
            Head("Matches", "Articles in which it was found in the time shown, of both levels.", COUNT, 4),
            Query(matches),
        ),
        figure(
            Head(
                "Share of all articles",
                "Matches of every hundred articles in the time shown. Much more than you expect: it is too wide.",
                SHARE, 4,
            ),
            Query(f'{matches} / sum(increase(rasid_articles_total{{stage="tag",outcome="done"}}[$__range]))'),
        ),
        figure(
            Head("Alerts raised", "In the time shown.", COUNT, 4),
            Query(or_zero(f'sum(increase(rasid_alert_changes_total{{{_THIS},change="raised"}}[$__range]))')),
        ),
        figure(
            Head("Rises", "In the time shown: three times the articles of any hour of a day.", COUNT, 4),
            Query(f"sum(increase(rasid_surges_total{{{_THIS}}}[$__range]))"),
        ),
    ]  # fmt: skip


def _matches() -> list[AnyPanel]:
    return [
        lines(
            Head(
                "Matches by level",
                "alert: enough to raise one. tag: a mention that is kept with the article.",
                COUNT, 24,
            ),
            happened(f"rasid_matches_total{{{_THIS}}}", "level"),
            bars=True,
        ),
        lines(
            Head("Matches by language", "By the article's language.", COUNT, 18),
            happened(f"rasid_match_language_total{{{_THIS}}}", "language"),
            bars=True,
        ),
        ranking(
            Head("Languages", "Matches in the time shown.", COUNT, 6),
            Query(
                f"sort_desc(sum by (language) (increase(rasid_match_language_total{{{_THIS}}}[$__range])))",
                "{{language}}",
            ),
        ),
    ]  # fmt: skip


def _alerts() -> list[AnyPanel]:
    return [
        lines(
            Head("Alerts by status", "As they stand; resolved ones for 7 days.", COUNT),
            Query(f"sum by (status) (rasid_alerts{{{_THIS}}})", "{{status}}"),
            stacked=True,
        ),
        lines(
            Head(
                "What happened to alerts",
                "Many raised, few follow_up: each report raises its own. Many copy: one text goes round.",
                COUNT,
            ),
            happened(f"rasid_alert_changes_total{{{_THIS}}}", "change"),
            bars=True,
        ),
        lines(
            Head("Oldest unanswered, by severity", "A line that climbs: nobody answers.", SECONDS,
                 runbooks=["RasidAlertUnacknowledged", "RasidAlertEscalated"]),
            Query(f"max by (severity) (rasid_unacknowledged_alert_seconds{{{_THIS}}})", "{{severity}}"),
        ),
        lines(
            Head(
                "Rises over time",
                "An hour with at least 10 articles, and three times as many as any hour of the day before.",
                COUNT,
            ),
            happened(f"rasid_surges_total{{{_THIS}}}", "watch_topic"),
            bars=True,
        ),
    ]  # fmt: skip


def _versions() -> list[AnyPanel]:
    return [
        table(
            Head(
                "In force now", "Version, where it came from, and how many workers have it.", COUNT,
                runbooks=["RasidWatchTopicsDiffer", "RasidWatchTopicRejected"],
            ),
            Query(f"count by (version, origin) (rasid_watch_topic_info{{{_THIS}}})"),
            ["version", "origin"],
            "workers",
        ),
        lines(
            Head(
                "Versions over time", "Workers that have each version. Two for long: one cannot follow.",
                COUNT, runbooks=["RasidWatchTopicsDiffer"],
            ),
            Query(f"count by (version) (rasid_watch_topic_info{{{_THIS}}})", "{{version}}"),
            stacked=True,
        ),
    ]  # fmt: skip


_MISSING = (
    (
        "Which sources write about it?",
        "a series for each source and watch topic would be hundreds of thousands",
        "the articles of its alerts: `rasid alerts show`; the Kafka topic `articles.tagged`",
    ),
    (
        "Which terms matched, and why?",
        "terms are many and change with each version",
        "`rasid watch explain`",
    ),
    (
        "What did a version change in what is found?",
        "the marks in the charts show when it changed; another cause at the same time looks the same",
        "`rasid watch backtest` compares versions on the same articles",
    ),
    (
        "How strong is a rise, and is one under way?",
        "only rises that raised an alert are counted",
        "`rasid alerts show`: each rise with its hour's articles",
    ),
    (
        "How late were its alerts?",
        "the delay is counted for all watch topics together",
        "Newsroom, for all; the Kafka topic `alerts`, for one",
    ),
)
