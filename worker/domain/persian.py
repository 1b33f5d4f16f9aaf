"""Inflected forms of Persian and Urdu words, made from the term's side on folded letters."""

_PERSIAN_ENDINGS = (
    *("ها", "هاي", "هايي", "هايش", "هايشان", "هايم", "هايت", "هايمان", "هايتان", "ان", "ي", "اي"),
    *("م", "ت", "ش", "مان", "تان", "شان", "ام", "ات", "اش", "اند", "ند", "ترين", "تر", "يي", "يان"),
)
_PERSIAN_SHORT = frozenset({"ت", "م", "ش", "ان", "ات", "ند"})


def persian_forms(folded: str) -> frozenset[str]:
    """Return the forms of a Persian word: plural, ezafe, indefinite, possessive endings, joined or after ZWNJ."""
    endings = [ending for ending in _PERSIAN_ENDINGS if len(folded) > 3 or ending not in _PERSIAN_SHORT]
    found = {folded, *(folded + ending for ending in endings)}
    if folded.endswith("ه") and len(folded) >= 4:
        # حمله: Arabic plural حملات; گ before the plural of people: فرمانده, نماینده: نمایندگان.
        stem = folded[:-1]
        found |= {stem + "ات", stem + "اتي", stem + "گان", stem + "گاني", stem + "گي"}
    elif len(folded) >= 4:
        found.add(folded + "اتي")
    return frozenset(found)


def urdu_forms(folded: str) -> frozenset[str]:
    """Return the forms of an Urdu word: direct and oblique, singular and plural."""
    found = {folded, folded + "ون", folded + "و"}
    if folded.endswith(("ا", "ه")) and len(folded) >= 4:
        stem = folded[:-1]
        found |= {stem + ending for ending in ("ا", "ه", "ي", "ون", "و", "اءي", "اءون")}
    elif folded.endswith("ي") and len(folded) >= 4:
        found |= {folded + "ان", folded + "ون"}
    else:
        found |= {folded + "ين", folded + "ات", folded + "اتي"}
    return frozenset(found)
