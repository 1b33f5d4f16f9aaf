"""Same input, same alerts: an archive through the worker at three speeds, in another order, over partitions."""

import asyncio
import random
import shutil
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.e2e.conftest import Pipeline, plain
from worker.adapters.embedded_broker import embedded_broker, free_port
from worker.adapters.kafka_reader import read_to_end
from worker.domain.alert_event import AlertEvent
from worker.entrypoints.kafka import init_kafka_topics
from worker.entrypoints.replay import publish
from worker.entrypoints.sources import Item
from worker.settings import Settings
from worker.streaming import kafka_topics

ROOT = Path(__file__).parents[2]
BEGIN = datetime(2024, 3, 22, 18, 0, tzinfo=UTC)
REPORTS = (
    "قُتل العشرات في هجوم مسلح على قاعة كروكوس سيتي قرب موسكو مساء الجمعة، وقال شهود إن المسلحين أطلقوا "
    "النار على الحضور قبل بدء حفل لفرقة بيكنيك ثم أضرموا النار في المبنى، وفق ما نقلت وكالة تاس عن لجنة "
    "التحقيق الروسية.",
    "Gunmen opened fire at Crocus City Hall near Moscow on Friday evening, killing dozens of people "
    "before a concert by the band Picnic, and set the building on fire, the Investigative Committee of "
    "Russia said.",
    "Следственный комитет возбудил дело о теракте в «Крокус Сити Холле»: неизвестные в камуфляже открыли "
    "стрельбу перед концертом группы «Пикник», погибли десятки человек, зал загорелся.",
    "قالت السفارة الأميركية في موسكو إنها حذرت رعاياها في السابع من مارس من هجوم وشيك على تجمعات كبيرة، "
    "منها الحفلات الموسيقية، وطلبت منهم تجنب الأماكن المزدحمة خلال اليومين التاليين.",
    "Австрия передала Германии сведения разведки о ячейке, которая готовила нападение на рождественскую "
    "ярмарку в Вене, сообщил представитель министерства внутренних дел.",
)
AGENCIES = ("", "(تاس) ", "AP — ", "МОСКВА, 22 марта. ", "وكالات: ")

# Beside other tests on two cores the partitions run further apart than by the worker's own five seconds.
REPLAY_WAIT_SECONDS = "12"


def archive() -> list[tuple[datetime, bytes]]:
    """Return eighty articles of three hours, most of them copies and light rewrites, with the time of each."""
    chance, at, articles = random.Random(5), BEGIN, []
    for number in range(80):
        at += timedelta(seconds=chance.choice([2, 20, 70, 200, 400]))
        report = chance.choice(REPORTS)
        words = report.split()
        text = chance.choice(AGENCIES) + " ".join(words[: len(words) - chance.choice([0, 0, 1, 3])])
        source = f"{chance.choice(['wire', 'daily', 'radio'])}.example.{chance.choice(['ru', 'eg', 'org'])}"
        fields = {"id": f"a{number:02}", "source": source, "fetched_at": at.isoformat()}
        articles.append((at, plain(text, **fields)))
    return articles


def shuffled_within_a_minute(articles):
    chance = random.Random(6)
    return sorted(articles, key=lambda article: article[0] + timedelta(seconds=chance.uniform(0, 59)))


def changes_of(tmp_path, articles, *, partitions: int, rate_per_second: float | None, look=None, **variables: str):
    """Return each alert's changes after a replay by a worker of its own.

    `look` is called with the pipeline before its worker ends; `variables` go into the worker's environment.
    """
    with embedded_broker(tmp_path / "broker") as address:
        shutil.copytree(ROOT / "topics" / "watch", tmp_path / "watch")
        settings = Settings(
            broker=address, web_port=free_port(), data_dir=tmp_path / "data", watch_topics=tmp_path / "watch",
            partitions=partitions,
        )  # fmt: skip
        asyncio.run(init_kafka_topics(settings))
        pipeline = Pipeline(
            settings, tmp_path, extra={"RASID_REPLAY_WAIT_SECONDS": REPLAY_WAIT_SECONDS} | variables
        )
        pipeline.start()
        items = [Item(str(number), None, value, 0) for number, (_, value) in enumerate(articles)]
        asyncio.run(publish(settings, iter(items), rate_per_second=rate_per_second))
        pipeline.settle()
        pipeline.until(lambda: not waiting(pipeline), "taken up")
        events = [
            msgspec.json.decode(value, type=AlertEvent) for value in pipeline.values(kafka_topics.ALERT_EVENTS)
        ]
        if look is not None:
            look(pipeline)
        assert pipeline.stop() == 0
    changes = defaultdict(list)
    for event in events:
        article = event.article or (event.raised and event.raised.articles[0])
        changes[event.alert].append((event.revision, event.change, event.at, article and article.id, event.news))
    return {alert: sorted(found) for alert, found in changes.items()}


def waiting(pipeline) -> set[str]:
    """Return the matches that still wait for others before them."""

    async def held() -> set[str]:
        latest = {}
        for partition in range(pipeline.settings.partitions):
            name = kafka_topics.ALERT_STATES.name
            async for key, value in read_to_end(pipeline.settings.broker, name, partition):
                latest[key.decode()] = value
        return {key for key, value in latest.items() if key.startswith("held/") and value is not None}

    return asyncio.run(held())


@pytest.mark.timeout(300)
def test_archive_gives_the_same_alerts_and_changes_at_any_speed_in_any_order_over_any_partitions(tmp_path):
    articles = archive()
    expected = changes_of(tmp_path / "1", articles, partitions=1, rate_per_second=40)
    kinds = {change[1] for changes in expected.values() for change in changes}
    assert kinds >= {"raised", "copy", "escalated"}
    assert len(expected) >= 6
    shuffled = shuffled_within_a_minute(articles)
    assert changes_of(tmp_path / "2", shuffled, partitions=4, rate_per_second=None) == expected
    assert changes_of(tmp_path / "3", shuffled, partitions=3, rate_per_second=15) == expected
