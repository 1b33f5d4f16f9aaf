"""Forms of Hebrew words: proclitics are read off the text's word, endings are put on the term's."""

_FINAL = str.maketrans("ךםןףץ", "כמנפצ")
_PREFIX_LETTERS = frozenset("והבלמשכ")
LONGEST_PREFIX = 4
SHORTEST_REST = 3


def _is_chain(prefix: str) -> bool:
    """Say whether letters can stand together before a word: ו, then ש or כש or מש, then ב ל מ כ, then ה."""
    rest = prefix.removeprefix("ו")
    for opening in ("לכש", "מש", "כש", "ש"):
        if rest.startswith(opening):
            rest = rest[len(opening) :]
            break
    if rest[:1] in ("ב", "ל", "מ", "כ"):
        rest = rest[1:]
    return rest in ("", "ה")


def hebrew_readings(folded: str) -> list[str]:
    """Return what is left of a folded word for each chain of proclitics it may begin with, itself first."""
    found = [folded]
    for length in range(1, min(LONGEST_PREFIX, len(folded) - SHORTEST_REST) + 1):
        if folded[length - 1] not in _PREFIX_LETTERS:
            break
        if _is_chain(folded[:length]):
            found.append(folded[length:])
    return found


def hebrew_forms(folded: str) -> frozenset[str]:
    """Return the forms of a term's word: plural, construct and feminine endings, medial letters before them."""
    if len(folded) < SHORTEST_REST:
        return frozenset({folded})
    medial = folded[:-1] + folded[-1].translate(_FINAL)
    found = {folded, medial + "ים", medial + "ות", medial + "י"}
    if folded.endswith("ה"):
        stem = folded[:-1]
        found |= {stem + "ת", stem + "ות", stem + "תי", stem + "תו", stem + "תם", stem + "ים", stem + "י"}
    if folded.endswith(("ים", "ות")) and len(folded) >= 5:
        stem = folded[:-2]
        found |= {stem + "י", stem + "ה", stem + "ות", stem + "ותי"} if folded.endswith("ות") else {stem + "י"}
    if folded.endswith("י") and len(folded) >= 4:
        found |= {folded + "ת", folded + "ם", folded[:-1] + "ים", folded + "ות"}
    return frozenset(found)
