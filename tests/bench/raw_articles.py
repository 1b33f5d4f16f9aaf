"""Raw articles for a run over days: distinct ids and texts, plain and as pages, the same for the same seed.

Most are on other subjects than the watch topics: sentences of the real text in which every content word is
exchanged for a coined one of the vocabulary's tail, inflected now and then, so that new words never stop coming
and every cache gets its fill. One in ten opens with two real sentences as they are; half of these raise an alert
or join one. Half are pages with the furniture of a news site around the story and links and dates of their own.
One in a hundred is poison, for the dead letters. Event time advances by three minutes an article: 100,000 of them
are 208 days, so that alerts end and are forgotten on the way, as they are in a worker that runs for months.
"""

import html
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tests.bench.articles import inflected
from tests.bench.vocabulary import LANGUAGES, Vocabulary
from worker.domain.article import RawArticle
from worker.streaming.codec import encode

FIRST_EVENT = datetime(2025, 1, 1, tzinfo=UTC)
EVENT_SECONDS = 180
WORDS = (25, 90)
SUBJECT_SHARE = 0.1
PAGE_SHARE = 0.5
CHANCE_OF_AN_INFLECTION = 0.2
POISON_EVERY = 100
SENTENCES_IN_A_PARAGRAPH = 2
SITES = 400
LONGEST_FUNCTION_WORD = 3  # the commonest words of the real text are names of its subject: those go, too
POISON = ('{{"body": "cut off at {}', '{{"content_type": "text/plain", "id": "{}"}}', '["a list", {}]')
_WORD = re.compile(r"[^\W\d_]+")
_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>{title} - Site {site}</title>
<meta property="og:site_name" content="Site {site}"><link rel="canonical" href="{url}">
<script type="application/ld+json">{{"@type": "NewsArticle", "datePublished": "{day}"}}</script></head>
<body><header><nav><ul><li><a href="/">Home</a></li><li><a href="/s/{site}">News</a></li></ul></nav></header>
<main><article><h1>{title}</h1><p><time datetime="{day}">{day}</time></p>
<figure><img src="/{number}.jpg" alt=""><figcaption>{caption}</figcaption></figure>
{paragraphs}
<div class="related"><ul><li><a href="/{number}/1">{caption}</a></li></ul></div></article></main>
<footer><p>© Site {site}. <a href="https://other-{number}.example.org/a?utm_source=x">Partner</a></p></footer>
</body></html>"""


def raw_articles(count: int, vocabulary: dict[str, Vocabulary], seed: int, first: int = 0) -> Iterator[bytes]:
    """Yield the messages number `first` and following; each depends on the seed and its number alone."""
    for number in range(first, first + count):
        if number % POISON_EVERY == POISON_EVERY - 1:
            yield POISON[number // POISON_EVERY % len(POISON)].format(number).encode()
        else:
            words = vocabulary[LANGUAGES[number % len(LANGUAGES)]]
            yield encode(_article(number, words, random.Random(f"{seed} raw article {number}")))


def poisoned(count: int) -> int:
    """Return how many of the first `count` messages are poison."""
    return count // POISON_EVERY


def _article(number: int, vocabulary: Vocabulary, chance: random.Random) -> RawArticle:
    written = _sentences(vocabulary, chance)
    paragraphs = [
        " ".join(written[at : at + SENTENCES_IN_A_PARAGRAPH])
        for at in range(0, len(written), SENTENCES_IN_A_PARAGRAPH)
    ]
    at = FIRST_EVENT + timedelta(seconds=EVENT_SECONDS * number)
    site = chance.randrange(SITES)
    url = f"https://site-{site}.example.com/{at:%Y/%m/%d}/{number}"
    is_page = chance.random() < PAGE_SHARE
    body = "\n\n".join(paragraphs)
    if is_page:
        body = _PAGE.format(
            language=vocabulary.language,
            title=html.escape(written[0][:100]),
            site=site,
            url=url,
            day=f"{at:%Y-%m-%d}",
            number=number,
            caption=html.escape(_others(chance.choice(vocabulary.sentences)[:60], vocabulary, chance)),
            paragraphs="\n".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in paragraphs),
        )
    return RawArticle(
        content_type="text/html" if is_page else "text/plain",
        body=body,
        id=f"article-{number:06}",
        url=url,
        source=f"site-{site}.example.com",
        fetched_at=at.isoformat(),
    )


def _sentences(vocabulary: Vocabulary, chance: random.Random) -> list[str]:
    length = chance.randint(*WORDS)
    written: list[str] = []
    if chance.random() < SUBJECT_SHARE:
        written = [_one_line(chance.choice(vocabulary.sentences)) for _ in range(2)]
    while sum(len(sentence.split()) for sentence in written) < length:
        written.append(_others(_one_line(chance.choice(vocabulary.sentences)), vocabulary, chance))
    return written


def _one_line(sentence: str) -> str:
    return " ".join(sentence.split())


def _others(sentence: str, vocabulary: Vocabulary, chance: random.Random) -> str:
    """Return a sentence with every content word exchanged for one of the vocabulary's tail."""

    def exchange(found: re.Match[str]) -> str:
        word = found.group()
        if len(word) <= LONGEST_FUNCTION_WORD and not vocabulary.is_content(word.lower()):
            return word
        drawn = vocabulary.words.draw(chance, first=len(vocabulary.real))
        if chance.random() < CHANCE_OF_AN_INFLECTION:
            return inflected(drawn, vocabulary.language, chance)
        return drawn

    return _WORD.sub(exchange, sentence)
