"""By which a story is known: what of an article's text tells copies and follow-ups."""

import hashlib
import zlib
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Annotated

import msgspec
from rensa import RMinHash

from worker.domain.story_words import SHORT_WORDS, telling_words
from worker.domain.text import fold, words

SKETCH_BYTES = 128
_SEED = 42


class StorySignature(msgspec.Struct, frozen=True, omit_defaults=True):
    """The signature of one article's text, small enough to travel with every match."""

    same_words: Annotated[str, msgspec.Meta(description="Equal for texts with the same words.")]
    sketch: Annotated[bytes, msgspec.Meta(description="MinHash over pairs of words, base64 in JSON.")] = b""
    names: Annotated[
        tuple[str, ...],
        msgspec.Meta(description="Stems of the names, numbers and rare words that tell the event."),
    ] = ()
    title: Annotated[
        tuple[str, ...], msgspec.Meta(description="Those of the headline, or of the first words.")
    ] = ()
    words: Annotated[int, msgspec.Meta(description="Length of the text in words.")] = 0


def story_signature(title: str | None, text: str) -> StorySignature:
    """Return the signature of a text and its headline; the same one in every process and on every machine.

    The headline of a copy is often another one, so it counts only as a source of names; of a text under
    `SHORT_WORDS` words it is a part. Letter case, punctuation, white space and Arabic vowel signs do not count.
    """
    heading, body = words(title or ""), words(text)
    whole = [*heading, *body] if len(body) < SHORT_WORDS else body
    folded = [fold(raw) for raw in whole]
    names, headline = telling_words(heading, body, text)
    return StorySignature(
        same_words=_key(folded), sketch=_sketch(folded), names=names, title=headline, words=len(folded)
    )


def _key(folded: Sequence[str]) -> str:
    """Return a key of folded words: punctuation, white space, letter case and vowel signs are gone by then."""
    text = " ".join([*folded, ""])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _sketch(folded: Sequence[str]) -> bytes:
    """Return the lowest byte of each of the 128 minima, empty for a text without words.

    One byte of each is enough: b-bit minwise hashing, Li and König 2010. `story.relation` allows for chance hits.
    """
    if not folded:
        return b""
    checksums = list(map(_checksum, folded))
    # Pairs as numbers, made of checksums that are kept by word: a quarter of the time of joined strings.
    pairs = [one << 32 | other for one, other in pairwise(checksums)] or checksums
    minima = RMinHash.digest_matrix_from_token_hash_sets([pairs], SKETCH_BYTES, _SEED).to_rows()[0]
    return bytes(minimum & 0xFF for minimum in minima)


@lru_cache(maxsize=1 << 16)
def _checksum(folded: str) -> int:
    return zlib.crc32(folded.encode("utf-8", "surrogatepass"))
