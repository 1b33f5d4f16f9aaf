"""Reads fields of a file's tree one by one and collects everything that is wrong with them."""

import re

from worker.domain.source_tree import Mapping, Node, Problem, Scalar, Sequence, describe, duplicates

_DURATION = re.compile(r"(\d{1,6})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_YAML_TRUTH = frozenset({"yes", "no", "on", "off", "true", "false"})


class FieldReader:
    """Collects what is right and what is wrong while it walks the tree."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def problem(self, node: Node, found: str, expected: str) -> None:
        """Note a problem at a node."""
        self.problems.append(Problem(line=node.line, column=node.column, found=found, expected=expected))

    def wrong(self, node: Node, expected: str) -> None:
        """Note that a node is not what was expected, with a hint when YAML read it otherwise than it looks."""
        self.problem(node, describe(node) + yaml_trap(node), expected)

    def mapping(self, node: Node, what: str, known: tuple[str, ...] | None) -> dict[str, Node]:
        """Return a mapping's entries by key; notes unknown and repeated keys and keys that are not text."""
        if not isinstance(node, Mapping):
            self.wrong(node, what)
            return {}
        for key in duplicates(node):
            self.problem(key, f"{key.raw} a second time", "each key once")
        found: dict[str, Node] = {}
        for key, value in node.entries:
            if not isinstance(key.value, str):
                self.wrong(key, f"text as a key of {what}")
            elif known is not None and key.value not in known:
                self.problem(key, f"unknown field {key.value!r}", f"one of {', '.join(known)}")
            else:
                found[key.value] = value
        return found

    def text(self, node: Node | None, what: str) -> str:
        """Return a text; notes anything else and an empty one."""
        if node is None:
            return ""
        if isinstance(node, Scalar) and isinstance(node.value, str) and node.value.strip():
            return node.value
        self.wrong(node, what)
        return ""

    def choice(self, node: Node | None, what: str, choices: tuple[str, ...], default: str) -> str:
        """Return one of a closed list of words."""
        if node is None:
            return default
        if isinstance(node, Scalar) and node.value in choices:
            return str(node.value)
        self.wrong(node, f"{what}: one of {', '.join(choices)}")
        return default

    def number(self, node: Node | None, what: str, default: float | None, at_least: float | None) -> float | None:
        """Return a number, of at least a certain size."""
        if node is None:
            return default
        value = node.value if isinstance(node, Scalar) else None
        fits = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e9
        if not fits or (at_least is not None and value < at_least):  # type: ignore[operator]
            self.wrong(node, what)
            return default
        return float(value)  # type: ignore[arg-type]

    def seconds(self, node: Node | None, what: str, default: int | None) -> int | None:
        """Return a duration such as 30s, 15m, 4h or 1d in seconds."""
        if node is None:
            return default
        seconds = duration_seconds(node.raw) if isinstance(node, Scalar) else None
        if seconds is None:
            self.wrong(node, f"{what}: a duration such as 30s, 15m, 4h or 1d")
            return default
        return seconds

    def items(self, node: Node | None, what: str) -> tuple[Node, ...]:
        """Return a list's items."""
        if node is None:
            return ()
        if isinstance(node, Sequence):
            return node.items
        self.wrong(node, what)
        return ()


def duration_seconds(text: str) -> int | None:
    """Return a duration such as 30s, 15m, 4h or 1d in seconds; None where the text is none."""
    match = _DURATION.fullmatch(text)
    return int(match[1]) * _SECONDS[match[2]] if match else None


def yaml_trap(node: Node) -> str:
    """Return a hint when YAML read a bare word as something else than text, else nothing."""
    if not isinstance(node, Scalar) or node.quoted or isinstance(node.value, str):
        return ""
    if node.value is None and node.raw in ("", "~"):
        return ""
    if isinstance(node.value, bool) and node.raw.lower() in _YAML_TRUTH:
        return f"; YAML reads {node.raw} without quotes as {str(node.value).lower()}: write '{node.raw}'"
    return f"; YAML does not read {node.raw} without quotes as text: write '{node.raw}'"
