"""Numbered articles in, every Kafka topic read back: what was lost, doubled or left without its alert.

After Faust's own consistency tests: the recount trusts nothing but what lies in Kafka.
"""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from aiokafka import ConsumerRecord, TopicPartition

from worker.adapters.kafka_admin import partition_counts
from worker.adapters.kafka_reader import reader
from worker.domain.alert import ARTICLES_KEPT, Alert, MatchRecord
from worker.domain.alert_event import AlertEvent
from worker.domain.alert_fold import apply
from worker.domain.article import RawArticle
from worker.settings import Settings
from worker.streaming import kafka_topics
from worker.streaming.codec import encode
from worker.streaming.kafka_topics import KafkaTopic

WATCH_TOPIC = "moscow-attack"

# Each raises an alert of its own: they are no copies or follow-ups of one another.
ATTACKS = (
    "ارتفع عدد ضحايا الهجوم الإرهابي في قاعة كروكوس إلى 140 قتيلًا.",
    "مجزرة في صالة حفلات بضواحي العاصمة الروسية",
    "Flowers lie in heaps where gunmen broke into Crocus City Hall last Friday.",
    "World leaders condemn massacre at Moscow concert hall",
    "ISIS claims responsibility for terror attack in Moscow",
    "Следствие установило, кто финансировал нападение на «Крокус».",
    "Теракт в подмосковном концертном зале: что известно к утру",
    "В деле Фаридуни и Мирзоева появились новые обвиняемые.",
)
OTHERS = (
    "معرض دولي للأثاث في كروكوس إكسبو بموسكو",
    "في عام 2002 احتجز مسلحون شيشان رهائن في مسرح دوبروفكا بموسكو",
    "Crocus City to host a furniture fair next week",
    "Paris remembers the victims of the Bataclan concert hall massacre.",
    "В «Крокус Сити Холле» прошёл юбилейный концерт, публика не отпускала артиста два часа.",
    "Теракт в московском метро в 2010 году унёс 40 жизней.",
)
POISON = (
    "\x00\xff no JSON, number {}",
    '{{"body": "cut off at {}',
    '["a list", {}]',
    '{{"content_type": "text/plain", "id": "{}"}}',
    '{{"content_type": "application/pdf", "body": "{}"}}',
)
ATTACK_SHARE = 0.3
POISON_SHARE = 0.03


@dataclass
class Articles:
    """Numbered raw articles, and what must become of each."""

    values: list[bytes] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    attacks: dict[str, str] = field(default_factory=dict)
    """Text of each article that must be in an alert."""
    poison: set[bytes] = field(default_factory=set)

    def add(self, count: int) -> list[bytes]:
        """Make so many articles more and return them; the same numbers always make the same ones."""
        made = [self._one(number) for number in range(len(self.values), len(self.values) + count)]
        self.values += made
        return made

    def add_text(self, text: str) -> tuple[str, bytes]:
        """Make one article more, of this text, of which no alert is asked; return its id and its bytes."""
        name = f"article-{len(self.values):06d}"
        value = encode(RawArticle(content_type="text/plain", body=text, id=name, source="agency.example"))
        self.ids.add(name)
        self.values.append(value)
        return name, value

    def _one(self, number: int) -> bytes:
        dice = random.Random(number)
        share = dice.random()
        if share < POISON_SHARE:
            value = dice.choice(POISON).format(number).encode("latin-1")
            self.poison.add(value)
            return value
        name = f"article-{number:06d}"
        self.ids.add(name)
        is_attack = share < POISON_SHARE + ATTACK_SHARE
        text = dice.choice(ATTACKS if is_attack else OTHERS)
        if is_attack:
            self.attacks[name] = text
        return encode(RawArticle(content_type="text/plain", body=text, id=name, source="agency.example"))


@dataclass
class Recount:
    """What lies in Kafka at the end, held against what was sent."""

    sent: int
    lost: list[str]
    """Articles neither tagged nor dead-lettered, and poison that is not dead-lettered."""
    doubled: int
    """Records of articles.tagged beyond the first of their id."""
    changed: list[str]
    """Ids whose doubles are not equal byte for byte."""
    dead_letters: Counter[str]
    """By reason."""
    dead_articles: set[str]
    """Ids of articles that were no poison, in a dead-letter topic."""
    alerts: int
    alerts_missing: list[str]
    """Articles that should be in an alert and are in none; stories without an alert."""
    alerts_beyond: list[str]
    """Alerts that no story asked for."""
    not_rebuilt: list[str]
    """Alerts whose last state is not the sum of their events, or counts other articles than were sent."""
    wrong_counts: list[str]

    def promises_broken(self) -> dict[str, object]:
        """Return what is not as promised, by name; nothing when all is well."""
        found = {
            "lost": self.lost,
            "doubles that differ": self.changed,
            "alerts missing": self.alerts_missing,
            "alerts beyond": self.alerts_beyond,
            "alerts that their events do not give": self.not_rebuilt,
            "alerts that count other articles": self.wrong_counts,
        }
        return {name: (len(value), value[:5]) for name, value in found.items() if value}


async def read_back(settings: Settings, kafka_topics_: Sequence[KafkaTopic]) -> dict[str, list[ConsumerRecord]]:
    """Return every record of these Kafka topics, by name without the prefix, in order within a partition."""
    found: dict[str, list[ConsumerRecord]] = {one.name: [] for one in kafka_topics_}
    counts = await partition_counts(settings.broker)
    places = [
        TopicPartition(settings.kafka_prefix + name, partition)
        for name in found
        for partition in range(counts[settings.kafka_prefix + name])
    ]
    consumer = reader(settings.broker)
    await consumer.start()
    try:
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        left = {place for place in places if ends[place] > 0}
        while left:
            for place, records in (await consumer.getmany(timeout_ms=200)).items():
                found[place.topic.removeprefix(settings.kafka_prefix)] += records
            left = {place for place in left if await consumer.position(place) < ends[place]}
    finally:
        await consumer.stop()
    return found


READ_BACK = (
    kafka_topics.ARTICLES_TAGGED, kafka_topics.MATCHES, kafka_topics.ALERTS, kafka_topics.ALERT_EVENTS,
    *kafka_topics.DEAD_LETTERS,
)  # fmt: skip


async def recount(settings: Settings, articles: Articles) -> Recount:
    """Read everything back and hold it against what was sent."""
    return held_against(articles, await read_back(settings, READ_BACK))


def held_against(articles: Articles, read: Mapping[str, Sequence[ConsumerRecord]]) -> Recount:
    """Return what was lost, doubled or left without its alert, given every record of `READ_BACK`."""
    K = kafka_topics  # noqa: N806
    tagged: defaultdict[str, list[bytes]] = defaultdict(list)
    for record in read[K.ARTICLES_TAGGED.name]:
        tagged[record.key.decode()].append(record.value)
    letters = [record for one in K.DEAD_LETTERS for record in read[one.name]]
    dead = {record.value for record in letters}
    dead_articles = {_id_of(value) for value in dead - articles.poison} - {None}
    in_events, rebuilt = _fold(read[K.ALERT_EVENTS.name])
    last = {record.key.decode(): msgspec.json.decode(record.value, type=Alert) for record in read[K.ALERTS.name]}
    matched = {
        match.article.id
        for record in read[K.MATCHES.name]
        if (match := msgspec.json.decode(record.value, type=MatchRecord)).watch_topic == WATCH_TOPIC
    }
    awaited = {name: text for name, text in articles.attacks.items() if name not in dead_articles}
    stories = set(awaited.values())
    headlines = Counter(alert.title for alert in last.values() if alert.watch_topic == WATCH_TOPIC)
    return Recount(
        sent=len(articles.values),
        lost=sorted(articles.ids - set(tagged) - dead_articles) + sorted(map(repr, articles.poison - dead)),
        doubled=sum(len(values) - 1 for values in tagged.values()),
        changed=sorted(name for name, values in tagged.items() if len(set(values)) > 1),
        dead_letters=Counter(dict(record.headers)["rasid.reason"].decode() for record in letters),
        dead_articles={name for name in dead_articles if name is not None},
        alerts=len(last),
        alerts_missing=sorted(set(awaited) - (matched & in_events)) + sorted(stories - set(headlines)),
        alerts_beyond=[title for title, count in headlines.items() if count > 1 or title not in stories],
        not_rebuilt=[
            key for key in last.keys() | rebuilt.keys() if _state(last.get(key)) != _state(rebuilt.get(key))
        ],
        wrong_counts=_wrong_counts(last.values(), Counter(awaited.values())),
    )


def _fold(records: Iterable[ConsumerRecord]) -> tuple[set[str], dict[str, Alert]]:
    """Return the articles that are in an alert, and each alert, both from its events alone."""
    in_events, rebuilt = set[str](), dict[str, Alert]()
    for record in records:
        event = msgspec.json.decode(record.value, type=AlertEvent)
        listed = [*(event.raised.articles if event.raised else ()), *([event.article] if event.article else ())]
        in_events |= {article.id for article in listed}
        alert = apply(rebuilt.get(event.alert or ""), event)
        if alert is not None:
            rebuilt[alert.id] = alert
    return in_events, rebuilt


def _state(alert: Alert | None) -> Alert | None:
    """Return what two ways to an alert must agree on; `news` is what is new since its last message."""
    return msgspec.structs.replace(alert, news=[]) if alert else None


def _wrong_counts(alerts: Iterable[Alert], awaited: Counter[str]) -> list[str]:
    """Return alerts that count too few articles, or too many while they can still tell which they have."""
    return [
        f"{alert.title}: {alert.article_count} in place of {awaited[alert.title]}"
        for alert in alerts
        if alert.title in awaited
        and (
            alert.article_count < awaited[alert.title]
            or (awaited[alert.title] <= ARTICLES_KEPT and alert.article_count > awaited[alert.title])
        )
    ]


def _id_of(value: bytes | None) -> str | None:
    try:
        document = json.loads(value or b"")
    except ValueError:
        return None
    return document.get("id") if isinstance(document, dict) else None
