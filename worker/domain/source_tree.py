"""A data file as a tree of values that know where they stand, so that a mistake can be shown in its place."""

from collections.abc import Iterator

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong in a file: where (line and column count from 1), what was found, what was expected."""

    line: int
    column: int
    found: str
    expected: str
    file: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: found {self.found}; expected {self.expected}"


class Scalar(msgspec.Struct, frozen=True):
    """A single value, and how it was written.

    `raw` is its text, `quoted` says whether it stood in quotation marks, `multiline` whether it took several
    lines. Then `lines` are the whole lines of the file that hold it, from `first_line` on: those under the sign
    of a block (`>-`, `|`), or its own; none where it stood in quotes, since places inside cannot be told then.
    """

    value: object
    raw: str
    quoted: bool
    line: int
    column: int
    multiline: bool = False
    lines: tuple[str, ...] = ()
    first_line: int = 1

    def place(self, line: int, column: int) -> tuple[int, int] | None:
        """Return line and column in the file of a place in the text, both from 1; None where it cannot be told.

        YAML folds lines and takes off indents, so the place is found by counting what is no white space.
        """
        if not self.multiline:
            return self.line, self.column + self.quoted + column - 1
        *above, current = self.raw.split("\n")[:line]
        wanted = len("".join("".join([*above, current[: column - 1]]).split()))
        for number, text in enumerate(self.lines, self.first_line):
            start = self.column - 1 if number == self.line else 0
            for index in range(start, len(text)):
                if not text[index].isspace():
                    if wanted == 0:
                        return number, index + 1
                    wanted -= 1
        return None


class Sequence(msgspec.Struct, frozen=True):
    """A list."""

    items: "tuple[Node, ...]"
    line: int
    column: int


class Mapping(msgspec.Struct, frozen=True):
    """A mapping, with all its keys in order, also those written twice."""

    entries: "tuple[tuple[Scalar, Node], ...]"
    line: int
    column: int

    def get(self, key: str) -> "Node | None":
        """Return the value of a key, the last one when it is written twice, or None."""
        return next((value for name, value in reversed(self.entries) if name.value == key), None)


Node = Scalar | Sequence | Mapping


def describe(node: Node) -> str:
    """Return what a node is, in plain words."""
    match node:
        case Scalar(None):
            return "nothing"
        case Scalar(bool(), raw, _) | Scalar(int() | float(), raw, _):
            return f"{raw} ({_kind(node.value)})"
        case Scalar(_, raw):
            return repr(raw)
        case Sequence(items):
            return f"a list of {len(items)}"
        case _:
            return f"a mapping of {len(node.entries)}"


def _kind(value: object) -> str:
    return "true or false" if isinstance(value, bool) else "a number"


def plain(node: Node) -> object:
    """Return the node's data without positions: dict, list, str, int, float, bool or None."""
    match node:
        case Scalar(value):
            return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
        case Sequence(items):
            return [plain(item) for item in items]
        case _:
            return {str(key.value): plain(value) for key, value in node.entries}


def duplicates(node: Mapping) -> Iterator[Scalar]:
    """Yield the keys of a mapping that stood there before."""
    seen: set[object] = set()
    for key, _ in node.entries:
        if key.value in seen:
            yield key
        seen.add(key.value)


def tree_of(data: object) -> Node:
    """Return a tree for plain data that comes from elsewhere than a file: all of it at line 1, column 1."""
    if isinstance(data, dict):
        return Mapping(
            tuple((Scalar(key, str(key), True, 1, 1), tree_of(value)) for key, value in data.items()), 1, 1
        )
    if isinstance(data, (list, tuple)):
        return Sequence(tuple(tree_of(item) for item in data), 1, 1)
    return Scalar(data, str(data), isinstance(data, str), 1, 1)
