"""The declarations of the Kafka topics fit together."""

from worker.settings import Settings
from worker.streaming import kafka_topics
from worker.streaming.agents import alert, deliver, extract, tag

AGENTS = (extract, tag, alert, deliver)


def test_every_agent_reads_a_declared_topic_and_has_a_dead_letter_topic():
    names = {kafka_topic.name for kafka_topic in kafka_topics.ALL}
    for agent in AGENTS:
        assert agent.SOURCE.name in names
        assert agent.NAME in agent.SOURCE.readers
        assert f"{agent.SOURCE.name}.{agent.NAME}.dlq" in names


def test_dead_letter_topic_takes_whatever_its_source_takes():
    settings = Settings()
    for agent in AGENTS:
        letters = kafka_topics.dead_letter_topic(agent.SOURCE, agent.NAME)
        assert letters.max_message_bytes(settings) >= agent.SOURCE.max_message_bytes(settings)


def test_article_that_is_too_large_to_process_still_fits_the_raw_topic_in_base64():
    settings = Settings()
    assert kafka_topics.ARTICLES_RAW.max_message_bytes(settings) > settings.max_article_bytes * 4 / 3


def test_replayed_topics_keep_old_records_for_ever():
    for kafka_topic in (kafka_topics.ARTICLES_RAW, kafka_topics.ARTICLES_EXTRACTED, kafka_topics.ALERT_STATES):
        assert kafka_topic.config(Settings())["retention.ms"] == "-1"
