"""Points in time as pages and producers write them."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# No article on the web is older than the web.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
# Clocks and time zones go wrong by up to a day; what lies further ahead is not a date of publication.
MAX_AHEAD = timedelta(days=1)
MAX_CHARACTERS = 64

_LEAP_SECOND = re.compile(r"(?<=:\d\d):60(?=\D|$)")


def read_moment(value: str | None, name: str, received_at: datetime) -> tuple[datetime | None, str | None]:
    """Return a time in UTC, or None and a note that says what was wrong with it.

    Reads RFC 3339 and its looser relatives: a space for the T, no seconds, no offset (then UTC), a date
    alone (then midnight UTC), and the dates of mail and HTTP headers.

    Args:
        value: What was written; None and blank give (None, None).
        name: The field's name, for the note.
        received_at: When the article came in; a time more than a day later is not believed.
    """
    if value is None or not value.strip():
        return None, None
    shown = value.strip()[:MAX_CHARACTERS]
    try:
        moment = _parse(value.strip())
    except (ValueError, OverflowError, TypeError, IndexError):
        return None, f"{name} dropped: {shown!r} is not a time"
    if moment < EARLIEST or moment > received_at.astimezone(UTC) + MAX_AHEAD:
        return None, f"{name} dropped: {shown!r} is not plausible"
    return moment, None


def _parse(value: str) -> datetime:
    if len(value) > MAX_CHARACTERS:
        raise ValueError("too long for a time")
    value = _LEAP_SECOND.sub(":59", value.replace("\u200e", "").replace("\u200f", ""))
    try:
        moment = datetime.fromisoformat(value.upper())
    except ValueError:
        moment = parsedate_to_datetime(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
