"""Reads the text of a condition (lark, LALR) and says in plain words what is wrong with it."""

from functools import lru_cache

import msgspec
from lark import Lark, Token, Transformer, Tree, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from worker.domain.condition import RESERVED, And, Condition, Group, Near, Not, Or, Phrase, Scope, Some

GRAMMAR = r"""
start: or_
?or_: and_ ("or"i and_)*                  -> or_
?and_: near_ ("and"i near_)*              -> and_
?near_: not_
      | near_ PROXIMITY not_              -> near_
?not_: primary
     | NOT not_                           -> not_
?primary: NAME                            -> group
        | QUOTED                          -> phrase
        | "(" or_ ")"
        | SCOPE primary                   -> scope
        | (INT | ANY | ALL) OF selection  -> some
selection: PATTERN
         | "(" or_ ("," or_)* ")"

PROXIMITY.9: /(near|before)\/\d+(?![\w*-])/i
SCOPE.9: /(title|lead)\s*:/i
AND.8: /and(?![\w*-])/i
OR.8: /or(?![\w*-])/i
NOT.8: /not(?![\w*-])/i
ANY.8: /any(?=\s+of\b)/i
ALL.8: /all(?=\s+of\b)/i
OF.8: /of(?![\w*-])/i
PATTERN.7: /[\w-]*\*[\w*-]*/
INT.7: /\d+(?![\w-])/
NAME: /[^\W\d][\w-]*/
QUOTED: /"[^"\n]*"|'[^'\n]*'/
%ignore /\s+/
""".replace('"or"i', "OR").replace('"and"i', "AND")
MOST_WORDS_BETWEEN = 1000
DEEPEST_NESTING = 50
MOST_CHARACTERS = 100_000
MOST_DIGITS = 6
"""Python refuses to read numbers of thousands of digits, and nobody needs them here."""
LONGEST_SHOWN = 80

_PLAIN_WORDS = {
    "NAME": "a group's name",
    "QUOTED": "a quoted phrase",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": ",",
    "AND": "and",
    "OR": "or",
    "NOT": "not",
    "PROXIMITY": "near/N or before/N",
    "SCOPE": "title: or lead:",
    "INT": "a number",
    "ANY": "any of",
    "ALL": "all of",
    "OF": "of",
    "PATTERN": "a pattern such as name_*",
    "$END": "the end of the condition",
}


_NAMES = "names of groups, quoted phrases and the words of the language of conditions"
_EXPECTED_FOR_SIGN = {
    '"': 'a second " on the same line, after the phrase',
    "'": "a second ' on the same line, after the phrase",
    ":": "title: or lead: before a group, nothing else has a colon",
}


class ConditionError(ValueError):
    """A condition that cannot be read, with the place (line and column count from 1) and plain words."""

    def __init__(self, line: int, column: int, found: str, expected: str) -> None:
        super().__init__(f"line {line}, column {column}: found {found}; expected {expected}")
        self.line = line
        self.column = column
        self.found = found
        self.expected = expected


class Mention(msgspec.Struct, frozen=True):
    """A group's name, a pattern or a quoted phrase in a condition's text, with its place (counted from 1)."""

    kind: str
    text: str
    line: int
    column: int


class ParsedCondition(msgspec.Struct, frozen=True):
    """A condition and all that it mentions, in order."""

    condition: Condition
    mentions: tuple[Mention, ...]


class _Builder(Transformer[Token, ParsedCondition]):
    """Turns lark's tree into ours."""

    def __init__(self) -> None:
        super().__init__()
        self.mentions: list[Mention] = []

    def _mention(self, kind: str, token: Token, text: str) -> None:
        self.mentions.append(Mention(kind, text, token.line or 1, token.column or 1))

    def start(self, items: list[Condition]) -> ParsedCondition:
        """Return the whole condition, with what it mentions in the order of the text."""
        return ParsedCondition(items[0], tuple(sorted(self.mentions, key=lambda m: (m.line, m.column))))

    def or_(self, items: list[Condition | Token]) -> Condition:
        """Return the only part, or what holds where one of the parts does."""
        parts = tuple(item for item in items if not isinstance(item, Token))
        return parts[0] if len(parts) == 1 else Or(parts)

    def and_(self, items: list[Condition | Token]) -> Condition:
        """Return the only part, or what holds where all parts do."""
        parts = tuple(item for item in items if not isinstance(item, Token))
        return parts[0] if len(parts) == 1 else And(parts)

    def near_(self, items: tuple[Condition, Token, Condition]) -> Condition:
        """Return two parts so many words apart, in either order or in this one.

        Raises:
            ConditionError: There are too many words between.
        """
        left, operator, right = items
        name, _, number = operator.partition("/")
        if len(number) > MOST_DIGITS or int(number) > MOST_WORDS_BETWEEN:
            raise _error_at(operator, _shown(operator), f"at most {MOST_WORDS_BETWEEN} words between")
        return Near(left, right, int(number), name.lower() == "before")

    def not_(self, items: tuple[Token, Condition]) -> Condition:
        """Return what holds where the part does not."""
        return Not(items[1])

    def group(self, items: tuple[Token]) -> Condition:
        """Return a group by its name, and note where it is mentioned.

        Raises:
            ConditionError: The name is a word of the language.
        """
        name = str(items[0])
        if name.lower() in RESERVED:
            raise _error_at(items[0], repr(name), _expected_for_reserved(name.lower()))
        self._mention("group", items[0], name)
        return Group(name)

    def phrase(self, items: tuple[Token]) -> Condition:
        """Return a quoted phrase without its quotes, and note where it stands."""
        text = str(items[0])[1:-1]
        self._mention("phrase", items[0], text)
        return Phrase(text)

    def scope(self, items: tuple[Token, Condition]) -> Condition:
        """Return a part that is looked for in the title or the lead alone."""
        return Scope(items[0].rstrip(": \t\r\n").lower(), items[1])

    def selection(self, items: list[Condition | Token]) -> list[Condition | Token]:
        """Return the members, or the pattern, of which `some` asks for a number."""
        return items

    def some(self, items: tuple[Token, Token, list[Condition | Token]]) -> Condition:
        """Return what holds where so many of some members do.

        Raises:
            ConditionError: No members are asked for, or more than there are.
        """
        quantity, _, selection = items
        word = quantity.lower() if quantity.type in ("ANY", "ALL") else ""
        if not word and len(quantity) > MOST_DIGITS:
            raise _error_at(quantity, _shown(quantity), "a number of members")
        count = None if word == "all" else 1 if word == "any" else int(quantity)
        first = selection[0]
        if isinstance(first, Token):
            self._mention("pattern", first, str(first))
            return Some(count, (), str(first), word)
        parts = tuple(item for item in selection if not isinstance(item, Token))
        if count is not None and not 1 <= count <= len(parts):
            raise _error_at(quantity, f"{quantity} of {len(parts)}", f"a number from 1 to {len(parts)}")
        return Some(count, parts, None, word)


_parser = Lark(GRAMMAR, parser="lalr", lexer="basic", maybe_placeholders=False)


def _error_at(token: Token, found: str, expected: str) -> ConditionError:
    return ConditionError(token.line or 1, token.column or 1, found, expected)


def _expected_for_reserved(word: str) -> str:
    if word in ("near", "before"):
        return f"{word}/N with the number of words that may stand between, as in {word}/10"
    if word in ("title", "lead"):
        return f"{word}: before a group, as in {word}:venue"
    return "a group's name; this word belongs to the language of conditions"


@lru_cache(maxsize=1 << 12)
def parse_condition(text: str) -> ParsedCondition:
    """Return the condition that a text says.

    Raises:
        ConditionError: With line and column (from 1), what was found there and what was expected.
    """
    if len(text) > MOST_CHARACTERS:
        raise ConditionError(1, 1, f"{len(text)} characters", f"at most {MOST_CHARACTERS}")
    depth = 0
    for offset, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth > DEEPEST_NESTING:
            line = text.count("\n", 0, offset) + 1
            column = offset - text.rfind("\n", 0, offset)
            raise ConditionError(line, column, f"parentheses {depth} deep", f"at most {DEEPEST_NESTING}")
    try:
        tree = _parser.parse(text)
    except UnexpectedInput as error:
        raise _explained(text, error) from None
    _refuse_deep_nesting(tree)
    try:
        return _Builder().transform(tree)
    except Exception as error:
        cause = getattr(error, "orig_exc", error)
        raise cause from None


def _refuse_deep_nesting(tree: Tree[Token]) -> None:
    """Refuse `not not not …`, `title: title: …`, endless chains of near: what follows walks them recursively."""
    waiting: list[tuple[Tree[Token], int]] = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        operator = next((child for child in node.children if isinstance(child, Token)), None)
        if node.data in ("not_", "near_", "scope") and operator is not None:
            depth += 1
            if depth > DEEPEST_NESTING:
                raise _error_at(operator, f"{_shown(operator)} {depth} deep", f"at most {DEEPEST_NESTING}")
        waiting += [(child, depth) for child in node.children if isinstance(child, Tree)]


def _shown(token: str) -> str:
    return str(token) if len(token) <= LONGEST_SHOWN else token[:LONGEST_SHOWN] + "…"


def _explained(text: str, error: UnexpectedInput) -> ConditionError:
    """Return lark's error in plain words."""
    if isinstance(error, UnexpectedCharacters):
        sign = text[error.pos_in_stream or 0]
        return ConditionError(error.line, error.column, repr(sign), _EXPECTED_FOR_SIGN.get(sign, _NAMES))
    if not isinstance(error, UnexpectedToken):
        return ConditionError(1, 1, repr(_shown(text)), "a condition")
    token = error.token
    if token.type == "$END":
        lines = text.split("\n")
        return ConditionError(len(lines), len(lines[-1]) + 1, "the end of the condition", _wanted(error.accepts))
    line, column = token.line or 1, token.column or 1
    if str(token).lower() in ("near", "before", "title", "lead"):
        return ConditionError(line, column, repr(str(token)), _expected_for_reserved(str(token).lower()))
    return ConditionError(line, column, repr(_shown(token)), _wanted(error.accepts))


def _wanted(terminals: object) -> str:
    """Return the terminals that would be right, in plain words, most telling first."""
    names = set(terminals) if isinstance(terminals, (set, frozenset, list, tuple)) else set()
    known = [plain for name, plain in _PLAIN_WORDS.items() if name in names]
    return (
        "a condition" if not known else known[0] if len(known) == 1 else f"{', '.join(known[:-1])} or {known[-1]}"
    )
