"""What a notification says: its title and its body, in English with the original texts quoted."""

from collections.abc import Sequence
from datetime import UTC, datetime

from worker.domain.alert import Alert, News, NewsKind, SurgeFigures
from worker.domain.article import Sentence
from worker.domain.message_markup import (
    Address,
    Command,
    Format,
    Line,
    Original,
    Piece,
    Words,
    clean,
    isolated,
    render,
    shortened,
)
from worker.domain.notification import BriefAlert, Notification
from worker.domain.watch_topic import SEVERITIES

MOST_ALERTS = 20
"""Alerts that are told in full in one message; further ones in a line."""

MOST_CHARACTERS = 30_000
"""Longest body where the receiver names no bound of its own; below what mail servers and chats refuse."""

LONGEST_HEADLINE = 200
LONGEST_SENTENCE = 500
LONGEST_REMARK = 300
MOST_NAMES = 10
SHORT_ID = 8
"""Letters of an alert's id that the command line takes for it."""

_NO_HEADLINE = "(no headline)"

_NEWS: dict[NewsKind, str] = {
    "raised": "New alert",
    "development": "New development",
    "escalated": "Escalated: nobody has acknowledged it",
    "acknowledged": "Acknowledged",
    "resolved": "Resolved",
}
_TITLES = {
    "new": "New alert",
    "update": "Update",
    "repeat": "Still unanswered",
    "escalation": "Escalated",
    "digest": "Digest",
    "resolved": "Resolved",
    "refresh": "Still open",
}


def alert_link(base: str | None, alert: Alert) -> str | None:
    """Return where an alert can be seen, where a receiver has a base for such addresses."""
    return f"{base.rstrip('/')}/{alert.id}" if base else None


def all_alerts(notification: Notification) -> list[Alert | BriefAlert]:
    """Return the alerts of a notification, those in full first."""
    return [*notification.alerts, *notification.others]


def gravest(notification: Notification) -> str:
    """Return the gravest severity among its alerts; one that is not known counts for less than all others."""
    return max((alert.severity for alert in all_alerts(notification)), key=_rank, default="informational")


def title(notification: Notification, most_characters: int = 250) -> str:
    """Return the title: one line, with the severity first, at most so many characters long.

    Services treat titles as text, Markdown or HTML as they like, so it holds nothing that is a link or a tag.
    """
    alerts = all_alerts(notification)
    start = f"[{clean(gravest(notification)).upper()}] {_TITLES[notification.reason]}: "
    topics = len({alert.watch_topic for alert in alerts})
    original = ""
    if len(alerts) == 1:
        original = alerts[0].title if clean(alerts[0].title).strip() else _NO_HEADLINE
    else:
        start += _count(len(alerts), "alert") + ", "
        if topics == 1 and notification.alerts:
            original = notification.alerts[0].watch_topic_title
    if not original:
        return f"{start}{_count(topics, 'watch topic')}"[:most_characters]
    room = min(most_characters - len(start) - 4, LONGEST_HEADLINE)  # two isolates, dots at both ends
    if room <= 0:
        return start[:most_characters]
    return start + isolated(clean(shortened(_without_markup(original), (), room).text))


def _without_markup(text: str) -> str:
    return text.replace("<", "‹").replace(">", "›").replace("](", "] (")


def body(
    notification: Notification, form: Format, link: str | None = None, most_characters: int = MOST_CHARACTERS
) -> str:
    """Return the body in a form, at most so many characters long.

    The first alerts are told in full, as far as there is room and at most 20, then in a line each; what has no
    room at all is counted. A single alert that does not fit is told in short.

    Args:
        notification: What is told.
        form: text, markdown or html.
        link: Base of the addresses where alerts can be seen.
        most_characters: What the receiver takes; at least 200.
    """
    alerts = all_alerts(notification)
    several = len(alerts) > 1
    head = [_count_line(notification)] if several else []
    foot = _remarks(notification)
    left = most_characters - _size([*head, *foot, _more(len(alerts))], form)
    lines: list[Line] = []
    told = 0
    for alert in alerts:
        ways = [_brief(alert)] if several else []
        if isinstance(alert, Alert):
            in_full = [_told(alert, notification, link)] if told < MOST_ALERTS else []
            ways = [*in_full, *(ways or [_in_short(alert, link)])]
        block = next((block for block in ways if _size(block, form) <= left), None)
        if block is None:
            break
        lines += block
        left -= _size(block, form)
        told += 1
    if not told:
        return render([_count_line(notification), _line("To see them: rasid alerts list")], form)
    if told < len(alerts):
        lines.append(_more(len(alerts) - told))
    return render([*head, *lines, *foot], form)


def _size(lines: Sequence[Line], form: Format) -> int:
    """Return how long lines are, with what separates them from the next ones."""
    return len(render(lines, form)) + 2


def _remarks(notification: Notification) -> list[Line]:
    remarks = []
    if notification.joined > 1:
        remarks.append(_line(f"The receiver's rate limit joined {notification.joined} messages into this one."))
    if notification.maybe_repeated:
        remarks.append(_line("This message may have come before: the worker ended before it knew."))
    return remarks


def _more(number: int) -> Line:
    return _line(f"… and {number} more: rasid alerts list")


def _brief(alert: Alert | BriefAlert) -> list[Line]:
    """Return an alert as one line of a list."""
    headline = shortened(alert.title if clean(alert.title).strip() else _NO_HEADLINE, (), LONGEST_HEADLINE)
    return [Line((Words(f"[{alert.severity.upper()}] "), headline, Words(f" ({alert.id[:SHORT_ID]})")))]


def _count_line(notification: Notification) -> Line:
    return _line(f"{_TITLES[notification.reason]}: {_count(len(all_alerts(notification)), 'alert')}")


def _told(alert: Alert, notification: Notification, link: str | None) -> list[Line]:
    """Return all that is said of one alert: headline, why, evidence, sources, what to do."""
    lines = [_heading(alert), *_why(alert, notification)]
    if alert.surge is not None:
        lines.append(_line(_surge_words(alert.surge)))
    for sentence in alert.evidence[: 1 if len(all_alerts(notification)) > 1 else 3]:
        places = ((span.start, span.end) for span in sentence.spans)
        lines.append(Line((shortened(sentence.text, places, LONGEST_SENTENCE),), "quote"))
    lines.append(_found_in(alert))
    address = next((article.url for article in alert.articles if article.url), None)
    if address:
        lines.append(Line((Words("First article: "), Address(address))))
    return lines + _what_to_do(alert, link)


def _in_short(alert: Alert, link: str | None) -> list[Line]:
    headline = shortened(_headline(alert), (), 60)
    return [Line((Words(f"[{alert.severity.upper()}] "), headline)), *_what_to_do(alert, link)]


def _heading(alert: Alert) -> Line:
    marks: tuple[tuple[int, int], ...] = ()
    in_title: Sentence | None = alert.title_evidence
    if in_title is not None and in_title.text == alert.title:
        marks = tuple((span.start, span.end) for span in in_title.spans)
    headline = shortened(_headline(alert), marks, LONGEST_HEADLINE)
    return Line((Words(f"[{alert.severity.upper()}] "), headline), "heading")


def _headline(alert: Alert) -> str:
    return alert.title if clean(alert.title).strip() else _NO_HEADLINE


def _why(alert: Alert, notification: Notification) -> list[Line]:
    """Return what is new and which watch topic it comes from."""
    lines = [Line(_news(alert, news)) for news in alert.news]
    if notification.reason == "repeat":
        again = f"Sent again: {alert.status}, not acknowledged since {_time(alert.raised_at)}."
        lines = [_line(again), *lines]
    kind = "more matches than usual" if alert.kind == "surge" else "matched"
    topic = (Words("Watch topic "), _part(alert.watch_topic_title), Words(f" ({alert.watch_topic}, version "))
    figures = f"{alert.version}): {kind}; score {alert.score:g}, severity {alert.severity}."
    return [*lines, Line((*topic, Words(f"{figures} Raised {_time(alert.raised_at)}.")))]


def _news(alert: Alert, news: News) -> tuple[Piece, ...]:
    said: tuple[Piece, ...] = (Words(_NEWS[news.kind]),)
    who = {"acknowledged": alert.acknowledged_by, "resolved": alert.resolved_by}.get(news.kind)
    if who:
        said += (Words(" by "), _part(who))
    if news.text:
        said += (Words(": "), _part(news.text))
    return (*said, Words("."))


def _surge_words(surge: SurgeFigures) -> str:
    return (
        f"{_count(surge.matches, 'match', 'matches')} from {_count(surge.sources, 'source')} within "
        f"{_duration(surge.window_seconds)}; usual are {surge.usual:g} (median of {_count(surge.days, 'day')}), "
        f"{surge.threshold:g} were needed."
    )


def _found_in(alert: Alert) -> Line:
    pieces: list[Piece] = [Words(_count(alert.article_count, "article"))]
    for what, names in (
        ("languages", alert.languages),
        ("sources", alert.sources),
        ("countries", alert.countries),
    ):
        if not names:
            continue
        pieces.append(Words(f"; {what}: "))
        for index, name in enumerate(names[:MOST_NAMES]):
            pieces += [Words(", " if index else ""), _part(name)]
        if len(names) > MOST_NAMES:
            pieces.append(Words(f" and {len(names) - MOST_NAMES} more"))
    return Line((*pieces, Words(".")))


def _what_to_do(alert: Alert, link: str | None) -> list[Line]:
    lines = []
    if alert.status in {"firing", "escalated"}:
        command = f"rasid alerts acknowledge {alert.id[:SHORT_ID]}"
        lines.append(Line((Words("To acknowledge: "), Command(command))))
    address = alert_link(link, alert)
    if address:
        lines.append(Line((Words("See it: "), Address(address))))
    return lines


def _part(text: str) -> Original:
    return shortened(text, (), LONGEST_REMARK)


def _line(text: str) -> Line:
    return Line((Words(text),))


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else -1


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _duration(seconds: int) -> str:
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            return _count(seconds // size, unit)
    return _count(seconds, "second")
