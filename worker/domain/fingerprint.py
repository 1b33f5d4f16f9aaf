"""Which texts are copies of one another."""

import hashlib

from worker.domain.text import fold, words


def story_key(text: str) -> str:
    """Return a key that is equal for texts with the same words.

    Punctuation, white space, letter case and Arabic vowel marks do not count, since copies differ in them.
    """
    digest = hashlib.sha256()
    for word in words(text):
        digest.update(fold(word).encode("utf-8", "surrogatepass"))
        digest.update(b" ")
    return digest.hexdigest()[:32]
