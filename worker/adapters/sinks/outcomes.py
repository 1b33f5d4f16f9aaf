"""How a receiver's answer is judged, and how it is told without giving anything away."""

import base64
import re
from collections.abc import Sequence
from urllib.parse import quote, quote_plus, unquote, unquote_plus, urlsplit

from worker.domain.delivery import DeliveryOutcome
from worker.domain.message_markup import clean
from worker.domain.secret import Secret

LONGEST_QUOTE = 200
"""Characters of a receiver's answer that are told."""

SHORTEST_SECRET = 4
"""Pieces of an address shorter than this are no secrets: they would blank out half of every answer."""

PASSING = frozenset({408, 421, 423, 425, 429})
"""Refusals (4xx) that pass by themselves: time-out, wrong connection, locked, too early, too many (RFC 9110,
4918, 8470, 6585). All other 4xx say that the same request would be refused again."""


def outcome_of_status(status: int, quoted: str = "", elsewhere: str = "") -> DeliveryOutcome:
    """Return what an HTTP status means for a delivery.

    2xx is delivered, whatever stands in the answer. A redirect is rejected, since following it would hand the
    content to whomever the receiver names. 5xx and the passing ones of 4xx are tried again, other 4xx rejected.

    Args:
        status: Of the answer.
        quoted: The answer's words, as `told` returns them.
        elsewhere: Host to which a redirect points.
    """
    answer = f"answered {status}" + (f": {quoted}" if quoted else "")
    if 200 <= status < 300:
        return DeliveryOutcome("delivered", "" if status == 200 else f"answered {status}")
    if 300 <= status < 400:
        target = f" to {elsewhere}" if elsewhere else ""
        return DeliveryOutcome("rejected", f"answered {status}, a redirect{target}, which is not followed")
    if 400 <= status < 500 and status not in PASSING:
        return DeliveryOutcome("rejected", answer)
    return DeliveryOutcome("retry", answer)


def told(words: str, secrets: tuple[Secret, ...] = ()) -> str:
    """Return words of a receiver for people: one line, no control characters, cut, without any secret."""
    for piece in sorted({piece for secret in secrets for piece in _pieces(secret)}, key=len, reverse=True):
        words = words.replace(piece, "***")
    shown = clean(words).strip()
    return shown[: LONGEST_QUOTE - 1] + "…" if len(shown) > LONGEST_QUOTE else shown


def host_of(address: str) -> str:
    """Return scheme, host and port of an address, without anything in it that may be secret."""
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return clean(f"{parts.scheme}://{parts.hostname}{port}") if parts.hostname else ""


def _pieces(secret: Secret) -> set[str]:
    """Return an address and its parts (user, password, path, parameters) in all the ways they may be written."""
    whole = secret.reveal()
    after_scheme = whole.partition("://")[2]
    parts = {whole, *re.split(r"[/?&=@:#,;+\s]+", after_scheme)}
    parts |= {unquote(part) for part in parts} | {unquote_plus(part) for part in parts}
    user, found, password = after_scheme.rpartition("@")[0].partition(":")
    if found:
        pair = f"{unquote(user)}:{unquote(password)}"
        parts |= {pair, unquote(password), base64.b64encode(pair.encode("utf-8", "replace")).decode()}
    parts |= {quote(part, safe="") for part in parts} | {quote_plus(part) for part in parts}
    return {part for part in parts if len(part) >= SHORTEST_SECRET}


def joined(outcomes: Sequence[DeliveryOutcome], addresses: int) -> DeliveryOutcome:
    """Return what became of a notification at all addresses of a receiver.

    As long as one of them may still take it, it is tried again; those that took it are not sent it again. When
    the only ones left have rejected it, it is rejected: not everybody got it.
    """
    for kind in ("retry", "rejected"):
        failed = [outcome for outcome in outcomes if outcome.kind == kind]
        if failed:
            told = f"{len(failed)} of {addresses} addresses: {failed[0].why}" if addresses > 1 else failed[0].why
            return DeliveryOutcome(failed[0].kind, told)
    return outcomes[0] if len(outcomes) == 1 else DeliveryOutcome("delivered")
