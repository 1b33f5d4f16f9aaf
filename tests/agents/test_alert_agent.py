"""The alert and the act agent in Faust's test context."""

from datetime import timedelta

import msgspec
import pytest

from tests.records import MARCH_24, alert_action, match_record
from worker.domain.alert import Alert, alert_id
from worker.domain.alert_event import AlertEvent
from worker.streaming import kafka_topics
from worker.streaming.agents import act, alert
from worker.streaming.codec import encode
from worker.streaming.desks import Desks
from worker.streaming.outbox import Outbox

DEAD_LETTERS = kafka_topics.dead_letter_topic(kafka_topics.MATCHES, "alert")
ID = alert_id("moscow-attack", "story", "story")


def match(article: str, story: str = "story", level: str = "alert") -> bytes:
    return encode(match_record(article, story, level))


@pytest.fixture
def desks(sent):
    async def nothing(partition):
        for pair in ():
            yield pair

    outbox = Outbox(sent.send, agent="alert", attempts=1, timeout_seconds=1)
    return Desks(nothing, outbox, replay_wait=timedelta(0), clock=lambda: MARCH_24)


def alerts(sent):
    return [msgspec.json.decode(value, type=Alert) for value in sent.values(kafka_topics.ALERTS)]


def events(sent):
    return [msgspec.json.decode(value, type=AlertEvent) for value in sent.values(kafka_topics.ALERT_EVENTS)]


async def test_copies_join_one_alert(run_agent, sent, desks):
    await run_agent(alert, alert.alert_work(desks), [match("a"), match("b"), match("c", story="other")])
    latest = {one.id: one.article_count for one in alerts(sent)}
    assert sorted(latest.values()) == [1, 2]
    assert [event.change for event in events(sent)] == ["raised", "copy", "raised"]


async def test_match_that_came_twice_changes_nothing_the_second_time(run_agent, sent, desks):
    await run_agent(alert, alert.alert_work(desks), [match("a"), match("a")])
    assert [event.change for event in events(sent)] == ["raised"]


async def test_match_of_level_tag_raises_no_alert(run_agent, sent, desks):
    await run_agent(alert, alert.alert_work(desks), [match("a", level="tag")])
    assert alerts(sent) == []


async def test_poison_goes_to_dead_letter_and_the_next_match_raises_its_alert(run_agent, sent, desks):
    await run_agent(alert, alert.alert_work(desks), [b'{"watch_topic": 7}', match("a")])
    assert sent.values(DEAD_LETTERS) == [b'{"watch_topic": 7}']
    assert len(alerts(sent)) == 1


async def test_poison_among_actions_goes_to_dead_letter_and_the_next_is_answered(run_agent, sent, desks):
    letters = kafka_topics.dead_letter_topic(kafka_topics.ALERT_ACTIONS, "act")
    unknown = encode(alert_action("acknowledge", ID))
    await run_agent(act, act.act_work(desks), [b"rubbish", unknown])
    assert sent.values(letters) == [b"rubbish"]
    (event,) = events(sent)
    assert (event.change, event.by) == ("refused", "Huda")
    assert event.why.startswith(f"there is no alert {ID}")
