"""The dashboard for those who wait for alerts: what stands, what comes, what rises, and how fast."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from deploy.grafana.frame import framed, severity_variable, watch_topic_changes, watch_topic_variable
from deploy.grafana.panels import (
    COUNT,
    PER_SECOND,
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

UID = "rasid-newsroom"
_WHICH = 'watch_topic=~"$watch_topic",severity=~"$severity"'
_TOPIC = 'watch_topic=~"$watch_topic"'
_UNANSWERED = f'rasid_alerts{{{_WHICH},status=~"firing|escalated"}}'
_IN_TIME = 'rasid_alert_delay_seconds_bucket{since="arrival",le=~"60(\\\\.0)?"}'


def newsroom(docs: str) -> Dashboard:
    """Return the dashboard; `docs` is where this repository's docs/ can be read."""
    return framed(
        UID,
        "Rasid · Newsroom",
        "For those who get alerts: what stands unanswered, what is coming in, what rises, how late alerts are.",
        [watch_topic_variable(many=True), severity_variable()],
        {
            "Now": _now(),
            "Alerts over time": _alerts(),
            "What comes in": _articles(),
            "Rises": _rises(),
            "Speed and delivery": _delivery(),
            "Limits": [missing(_MISSING)],
        },
        annotations=watch_topic_changes(chosen=True),
        docs=docs,
        page="alerts.md",
    )


def _now() -> list[AnyPanel]:
    return [
        figure(
            Head("Open alerts", "Alerts that are firing, escalated or acknowledged.", COUNT, 4),
            Query(or_zero(f'sum(rasid_alerts{{{_WHICH},status!="resolved"}})')),
        ),
        figure(
            Head("Unanswered", "Alerts that nobody has acknowledged.", COUNT, 4, ["RasidAlertUnacknowledged"]),
            Query(or_zero(f"sum({_UNANSWERED})")),
            orange=1,
        ),
        figure(
            Head("Escalated", "Alerts that nobody acknowledged in time.", COUNT, 4, ["RasidAlertEscalated"]),
            Query(or_zero(f'sum(rasid_alerts{{{_WHICH},status="escalated"}})')),
            red=1,
        ),
        figure(
            Head(
                "Oldest unanswered",
                "Since when the oldest unanswered alert stands. Alerts of a replay do not count.",
                SECONDS, 4, ["RasidAlertUnacknowledged"],
            ),
            Query(or_zero(f"max(rasid_unacknowledged_alert_seconds{{{_WHICH}}})")),
            orange=900,
            red=4 * 3600,
        ),
        figure(
            Head(
                "Alerts within 60 s",
                "Of the alerts raised in the time shown: the share written within 60 s of their article's "
                "arrival. Ours to keep is 99.9 %. Of all watch topics.",
                SHARE, 4, ["RasidAlertsLate", "RasidAlertsLateSlowly"],
            ),
            Query(
                f"sum(increase({_IN_TIME}[$__range])) / "
                'sum(increase(rasid_alert_delay_seconds_count{since="arrival"}[$__range]))'
            ),
            red=0.999,
            low_is_bad=True,
        ),
        figure(
            Head("Watch topics in force", "What the workers look for.", COUNT, 4, ["RasidNoWatchTopics"]),
            Query('min(rasid_watch_topics{status="in_force"})'),
            red=1,
            low_is_bad=True,
        ),
        table(
            Head("Open alerts by watch topic", "Each leads to the page of its watch topic.", COUNT),
            Query(f'sum by (watch_topic, severity, status) (rasid_alerts{{{_WHICH},status!="resolved"}}) > 0'),
            ["watch_topic", "severity", "status"],
            "alerts",
        ),
        table(
            Head(
                "Unanswered, and for how long",
                "Since when the oldest alert of each watch topic and severity waits for an answer. "
                "`rasid alerts list` names them.",
                SECONDS, runbooks=["RasidAlertUnacknowledged"],
            ),
            Query(f"max by (watch_topic, severity) (rasid_unacknowledged_alert_seconds{{{_WHICH}}})"),
            ["watch_topic", "severity"],
            "waits for",
        ),
    ]  # fmt: skip


def _alerts() -> list[AnyPanel]:
    raised = f'rasid_alert_changes_total{{{_WHICH},change="raised"}}'
    return [
        lines(
            Head("Open alerts by severity", "Firing, escalated and acknowledged ones on each other.", COUNT),
            Query(f'sum by (severity) (rasid_alerts{{{_WHICH},status!="resolved"}})', "{{severity}}"),
            stacked=True,
        ),
        lines(
            Head("Open alerts by status", "How many are answered, and how many are not.", COUNT),
            Query(f'sum by (status) (rasid_alerts{{{_WHICH},status!="resolved"}})', "{{status}}"),
            stacked=True,
        ),
        lines(
            Head("Raised, by watch topic", "New alerts in each interval.", COUNT),
            happened(raised, "watch_topic", crowded=True),
            bars=True,
        ),
        lines(
            Head(
                "What happened to alerts",
                "raised, copy, follow_up: articles. acknowledged, commented, resolved: people. escalated: time.",
                COUNT,
            ),
            happened(f"rasid_alert_changes_total{{{_WHICH}}}", "change"),
            bars=True,
        ),
        lines(
            Head(
                "Oldest unanswered, by severity", "A line that climbs: nobody answers.", SECONDS, 24,
                ["RasidAlertUnacknowledged"],
            ),
            Query(f"max by (severity) (rasid_unacknowledged_alert_seconds{{{_WHICH}}})", "{{severity}}"),
        ),
    ]  # fmt: skip


def _articles() -> list[AnyPanel]:
    return [
        lines(
            Head("Articles by language", "Of all articles, matched or not; und: not known.", PER_SECOND),
            Query("sum by (language) (rate(rasid_article_language_total[$__rate_interval]))", "{{language}}"),
            stacked=True,
        ),
        ranking(
            Head("Busiest sources", "Articles in the time shown; at most 20.", COUNT, 6, ["RasidSourceSilent"]),
            Query(
                "sort_desc(topk(20, sum by (source) (increase(rasid_source_articles_total[$__range]))))",
                "{{source}}",
            ),
        ),
        ranking(
            Head(
                "Top watch topics",
                "Matches of level `alert` in the time shown; the 10 with most of them. "
                "Each leads to the page of its watch topic.",
                COUNT, 6,
            ),
            Query(
                "sort_desc(topk(10, sum by (watch_topic) "
                f'(increase(rasid_matches_total{{{_TOPIC},level="alert"}}[$__range]))))',
                "{{watch_topic}}",
            ),
            to_watch_topic=True,
        ),
        lines(
            Head("Matches by watch topic", "Of both levels, tag and alert.", COUNT, 24),
            happened(f"rasid_matches_total{{{_TOPIC}}}", "watch_topic", crowded=True),
            bars=True,
        ),
    ]  # fmt: skip


def _rises() -> list[AnyPanel]:
    says = "An hour with at least 10 articles, and three times as many as any hour of the day before, is a rise."
    return [
        lines(
            Head("Rises over time", says, COUNT, 18),
            happened(f"rasid_surges_total{{{_TOPIC}}}", "watch_topic"),
            bars=True,
        ),
        ranking(
            Head("Rises by watch topic", f"In the time shown. {says}", COUNT, 6),
            Query(
                f"sort_desc(sum by (watch_topic) (increase(rasid_surges_total{{{_TOPIC}}}[$__range])))",
                "{{watch_topic}}",
            ),
            to_watch_topic=True,
        ),
    ]


def _delivery() -> list[AnyPanel]:
    return [
        lines(
            Head(
                "How late alerts are",
                "Age of the article when its alert was written: since its arrival in Kafka, which is ours, and "
                "since its publication, which is mostly its source's and the crawler's. Of all watch topics.",
                SECONDS, runbooks=["RasidAlertsLate"],
            ),
            *(
                Query(
                    f"histogram_quantile({share}, sum by (le, since) "
                    "(rate(rasid_alert_delay_seconds_bucket[$__rate_interval])))",
                    f"p{share * 100:.0f} since {{{{since}}}}",
                )
                for share in (0.5, 0.95)
            ),
        ),
        lines(
            Head(
                "Notifications",
                "Tries to deliver. retry: it will be tried again. rejected: the receiver did not want it.",
                COUNT, runbooks=["RasidReceiverFailing", "RasidNotificationsRejected"],
            ),
            happened("rasid_deliveries_total", "receiver, outcome", shown="{{receiver}}: {{outcome}}"),
            bars=True,
        ),
        lines(
            Head("Notifications that wait", "By receiver; many may be joined into one message.", COUNT),
            Query("sum by (receiver) (rasid_waiting_notifications)", "{{receiver}}"),
            stacked=True,
        ),
        lines(
            Head(
                "Oldest notification that waits", "By receiver.", SECONDS, runbooks=["RasidNotificationsWaiting"]
            ),
            Query("max by (receiver) (rasid_oldest_notification_seconds)", "{{receiver}}"),
        ),
    ]  # fmt: skip


_MISSING = (
    (
        "Which alerts are these, and what do their articles say?",
        "texts are no figures, and an id for each alert would be a series for each alert",
        "`rasid alerts list`, `rasid alerts show`",
    ),
    (
        "Who acknowledged, who resolved?",
        "names of people do not belong into metrics",
        "`rasid alerts show`; the Kafka topic `alert-events`",
    ),
    (
        "Articles of a source that is not among the busiest",
        "only the 50 busiest of each worker have a series; all others are one, `(others)`",
        "the Kafka topic `articles.tagged`",
    ),
    (
        "How late was one watch topic's alerts?",
        "the delay is counted for all watch topics together: 16 series for each would be too many",
        "`raised_at` and the articles' times in the Kafka topic `alerts`",
    ),
    (
        "Is a rise under way that has raised no alert yet?",
        "a rise is counted when it raises an alert",
        "Matches by watch topic, above",
    ),
)
