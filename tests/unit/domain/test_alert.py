"""One alert for a watch topic and a story; what arrives later changes it and does not raise it again."""

from datetime import timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.records import MARCH_24, match_record
from worker.domain.alert import ARTICLES_KEPT, Alert, MatchRecord, alert_id, step


def match(number: int = 0, level: str = "alert", **fields) -> MatchRecord:
    given = {"received_at": MARCH_24 + timedelta(minutes=number), "source": f"source-{number}.example"}
    return match_record(f"article-{number}", level=level, headline=f"هجوم موسكو {number}", **(given | fields))


def after(*matches: MatchRecord) -> Alert | None:
    alert = None
    for one in matches:
        alert = step(alert, one) or alert
    return alert


def test_match_of_level_alert_raises_an_alert():
    alert = after(match())
    assert alert is not None
    assert (alert.change, alert.status, alert.revision, alert.article_count) == ("raised", "firing", 1, 1)
    assert alert.title == "هجوم موسكو 0"
    assert alert.id == alert_id("moscow-attack", "story")


def test_match_of_level_tag_raises_none():
    assert step(None, match(level="tag")) is None


def test_copy_joins_the_alert_and_does_not_raise_another():
    alert = after(match(1), match(2))
    assert (alert.change, alert.revision, alert.article_count) == ("copy", 2, 2)
    assert alert.sources == ["source-1.example", "source-2.example"]


def test_copy_of_level_tag_joins_an_alert_that_fires():
    assert after(match(1), match(2, level="tag")).article_count == 2


def test_same_article_twice_changes_nothing():
    alert = after(match(1))
    assert step(alert, match(1)) is None


def test_seen_times_are_when_articles_were_published():
    early, late = MARCH_24 - timedelta(days=2), MARCH_24 - timedelta(days=1)
    alert = after(match(1, published_at=late), match(2, published_at=early))
    assert (alert.first_seen, alert.last_seen) == (early, late)


def test_article_without_a_time_of_its_own_is_seen_when_it_arrived():
    assert after(match(3)).first_seen == MARCH_24 + timedelta(minutes=3)


def test_alert_is_bounded_however_many_copies_come():
    alert = after(*(match(number) for number in range(ARTICLES_KEPT + 50)))
    assert len(alert.articles) == len(alert.sources) == ARTICLES_KEPT
    assert alert.article_count == ARTICLES_KEPT + 50


def test_ids_differ_by_watch_topic_and_by_story():
    ids = {alert_id(watch_topic, story) for watch_topic in ("a", "b") for story in ("1", "2")}
    assert len(ids) == 4


@given(st.permutations([match(number) for number in range(6)]))
def test_id_seen_times_sources_and_count_do_not_depend_on_the_order_of_arrival(matches):
    alert = after(*matches)
    assert (alert.id, alert.first_seen, alert.last_seen, alert.article_count, alert.sources) == (
        alert_id("moscow-attack", "story"), MARCH_24, MARCH_24 + timedelta(minutes=5), 6,
        [f"source-{number}.example" for number in range(6)],
    )  # fmt: skip


def test_alert_survives_the_round_trip_as_json():
    alert = after(match(1), match(2))
    assert msgspec.json.decode(msgspec.json.encode(alert), type=Alert) == alert
