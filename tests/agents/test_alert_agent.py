"""The alert agent in Faust's test context."""

import msgspec
import pytest

from tests.records import match_record
from worker.domain.alert import Alert
from worker.streaming import kafka_topics
from worker.streaming.agents import alert
from worker.streaming.codec import encode
from worker.streaming.tables import AlertTable

DEAD_LETTERS = kafka_topics.dead_letter_topic(kafka_topics.MATCHES, "alert")


def match(article: str, story: str = "story", level: str = "alert") -> bytes:
    return encode(match_record(article, story, level))


@pytest.fixture
def table():
    async def nothing(partition):
        for pair in ():
            yield pair

    return AlertTable(nothing)


async def test_copies_in_one_batch_join_one_alert(run_agent, sent, table):
    await run_agent(alert, alert.alert_work(table), [match("a"), match("b"), match("c", story="other")])
    alerts = [msgspec.json.decode(value, type=Alert) for value in sent.values(kafka_topics.ALERTS)]
    assert [(one.change, one.article_count) for one in alerts] == [("raised", 1), ("copy", 2), ("raised", 1)]
    assert alerts[0].id == alerts[1].id != alerts[2].id


async def test_state_is_written_to_the_partition_of_the_match(run_agent, sent, table):
    handled = await run_agent(alert, alert.alert_work(table), [match("a")])
    (state,) = [record for record in sent.records if record.kafka_topic is kafka_topics.ALERT_STATES]
    (written,) = sent.values(kafka_topics.ALERTS)
    assert (state.partition, state.value) == (handled[0].partition, written)


async def test_match_that_came_twice_writes_nothing_the_second_time(run_agent, sent, table):
    await run_agent(alert, alert.alert_work(table), [match("a"), match("a")])
    assert len(sent.values(kafka_topics.ALERTS)) == 1


async def test_match_of_level_tag_raises_no_alert(run_agent, sent, table):
    await run_agent(alert, alert.alert_work(table), [match("a", level="tag")])
    assert sent.records == []


async def test_poison_goes_to_dead_letter_and_the_next_match_raises_its_alert(run_agent, sent, table):
    await run_agent(alert, alert.alert_work(table), [b'{"watch_topic": 7}', match("a")])
    assert sent.values(DEAD_LETTERS) == [b'{"watch_topic": 7}']
    assert len(sent.values(kafka_topics.ALERTS)) == 1
