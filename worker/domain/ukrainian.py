"""Stems of Ukrainian words, which Snowball does not have: endings are cut, and the usual alternations undone."""

import re

# Endings of nouns and adjectives. Of the adjectives in -ський only the last letters are an ending, so that the
# adjective stays another word than the noun: московський is not Москва.
_ENDINGS = re.compile(
    "(?:[аяоеєуюиіїьй]|[ая]м|[ая]ми|[ая]х|[оеє]ю|[оеє]м|[ії]в|[оеє]ві|[иіїо]й|ь?ого|ь?ому|[иії]м|[иії]х|[иії]ми"
    "|і[їює]|ь?ої|ьою|[ую]ю|[ая]я|[еє]є)$"
)
# Nouns in -ія keep their і: Росія and Росії meet, Данія and дані do not.
_IN_IYA = re.compile("(?<=і)(?:я|ї|ю|єю|ям|ями|ях)$")
_SHORTEST_STEM = 3
_SOFTENED = {"ц": "к", "з": "г", "с": "х"}


def ukrainian_stems(folded: str) -> frozenset[str]:
    """Return the stems of a folded word: with the ending cut, and with alternating sounds as in the nominative.

    Київ and Києва, Харків and Харкова, атака and атаці, вибухів and вибухи, повідомлення and повідомлень meet.
    """
    in_iya = _IN_IYA.search(folded, _SHORTEST_STEM + 1)
    if in_iya is not None:
        return frozenset({folded[: in_iya.start()]})
    stem = folded
    ending = _ENDINGS.search(folded, _SHORTEST_STEM)
    if ending is not None:
        stem = folded[: ending.start()]
    if len(stem) > _SHORTEST_STEM and stem[-1] == stem[-2]:
        stem = stem[:-1]
    found = {stem}
    if folded.endswith("і") and stem[-1] in "цзс":
        found.add(stem[:-1] + _SOFTENED[stem[-1]])
    if folded.endswith("ій") and len(folded) > _SHORTEST_STEM + 2:
        found.add(folded[:-1])  # організацій
    return frozenset(found | _alternations(folded))


def _alternations(folded: str) -> set[str]:
    """Return stems in which і of a closed syllable stands as о or е: Харків, Харков-; Київ, Києв-; ніч, ноч-."""
    if len(folded) >= 4 and folded.endswith("ів"):
        return {folded[:-2] + "ов", folded[:-2] + "ев"}
    if len(folded) >= 4 and folded.endswith("їв"):
        return {folded[:-2] + "єв"}
    if len(folded) >= 5 and folded.endswith("ець"):
        return {folded[:-3] + "ц"}
    if len(folded) >= 5 and folded.endswith(("ок", "ек")):
        return {folded[:-2] + "к"}
    return set()
