"""Reads watch topics from a folder of YAML files."""

import re
from collections.abc import Iterable
from pathlib import Path

import msgspec
import yaml

from worker.domain.source_tree import Mapping, Node, Problem, Scalar, Sequence
from worker.domain.watch_topic import WatchTopic
from worker.domain.watch_topic_file import read_watch_topic
from worker.domain.watch_topic_tests import run_tests

# libyaml reads ten times as fast as PyYAML's own scanner, which is there where the C part is not.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MOST_BYTES = 1_000_000
SUFFIXES = (".yaml", ".yml")
DEEPEST_NESTING = 20
MOST_OPEN_BRACKETS = 500


class WatchTopicFile(msgspec.Struct, frozen=True):
    """A file whose watch topic is right."""

    path: Path
    watch_topic: WatchTopic


class WatchTopicFiles(msgspec.Struct, frozen=True):
    """What files held: the watch topics that are right, in the order of their ids, and all that is wrong."""

    files: list[WatchTopicFile]
    problems: list[Problem]

    @property
    def watch_topics(self) -> list[WatchTopic]:
        """Return the watch topics without their paths."""
        return [file.watch_topic for file in self.files]

    @property
    def tests(self) -> int:
        """Return how many tests the files hold."""
        return sum(len(watch_topic.tests) for watch_topic in self.watch_topics)


class TreeError(ValueError):
    """A file that is no YAML, or YAML that is not read here; carries the problem."""

    def __init__(self, line: int, column: int, found: str, expected: str) -> None:
        super().__init__(f"line {line}, column {column}: found {found}; expected {expected}")
        self.problem = Problem(line=line, column=column, found=found, expected=expected)


def load_watch_topics(folder: Path) -> WatchTopicFiles:
    """Load the watch topics of a folder; one that cannot be read is a problem, not an exception."""
    try:
        paths = yaml_files(folder)
    except OSError as error:
        found = f"{error.strerror or error}"
        return WatchTopicFiles([], [Problem(line=1, column=1, found=found, expected="a folder", file=str(folder))])
    return load_watch_topic_files(paths)


def yaml_files(folder: Path) -> list[Path]:
    """Return the files of a folder (not of folders inside it) that hold watch topics, in the order of their names.

    Files whose names begin with a dot are passed over.

    Raises:
        OSError: The folder cannot be read.
    """
    return sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES and path.name[0] != ".")


def load_watch_topic_files(paths: Iterable[Path]) -> WatchTopicFiles:
    """Load watch topics from files. One with a problem gives none; of two files with one id neither is used."""
    problems: list[Problem] = []
    first_with: dict[str, WatchTopicFile] = {}
    twice: set[str] = set()
    for path in paths:
        watch_topic, found_problems = load_watch_topic(path)
        problems += found_problems
        if watch_topic is None:
            continue
        first = first_with.setdefault(watch_topic.id, WatchTopicFile(path, watch_topic))
        if first.path != path:
            twice.add(watch_topic.id)
            found = f"id {watch_topic.id!r}, which {first.path} has already"
            line, column = _place_of_id(path)
            problems.append(
                Problem(line=line, column=column, found=found, expected="an id of its own", file=str(path))
            )
    kept = [file for name, file in sorted(first_with.items()) if name not in twice]
    return WatchTopicFiles(kept, problems)


def _place_of_id(path: Path) -> tuple[int, int]:
    tree = read_tree(path.read_bytes())
    node = tree.get("id") if isinstance(tree, Mapping) else None
    return (node.line, node.column) if node is not None else (1, 1)


def load_watch_topic(path: Path) -> tuple[WatchTopic | None, list[Problem]]:
    """Load one file; the problems carry its path."""
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise TreeError(1, 1, f"{size:,} bytes", f"at most {MOST_BYTES:,}")
        topic, problems = parse_watch_topic(path.read_bytes())
    except OSError as error:
        problem = Problem(line=1, column=1, found=f"{error.strerror or error}", expected="a file that can be read")
        topic, problems = None, [problem]
    except TreeError as error:
        topic, problems = None, [error.problem]
    return topic, [msgspec.structs.replace(problem, file=str(path)) for problem in problems]


def parse_watch_topic(content: bytes) -> tuple[WatchTopic | None, list[Problem]]:
    """Return the watch topic that a file's content says, or all that is wrong with it."""
    try:
        return read_watch_topic(read_tree(content))
    except TreeError as error:
        return None, [error.problem]


def check_content(content: bytes) -> tuple[WatchTopic | None, list[str]]:
    """Return the watch topic that a file's content says, with all that is wrong in lines: its form, its tests."""
    watch_topic, problems = parse_watch_topic(content)
    failures = run_tests(watch_topic) if watch_topic is not None else []
    return watch_topic, [*map(str, problems), *map(str, failures)]


def read_tree(content: bytes) -> Node:
    """Return the tree of a YAML document.

    Raises:
        TreeError: It is not UTF-8 or not YAML, holds more than one document, aliases, tags or too deep nesting.
    """
    if len(content) > MOST_BYTES:
        raise TreeError(1, 1, f"{len(content):,} bytes", f"at most {MOST_BYTES:,}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TreeError(
            line, 1, f"byte {content[error.start]:#04x}, which is not UTF-8", "a file in UTF-8"
        ) from None
    try:
        _refuse_deep_nesting(text)
        _refuse_aliases(text)
        loader = Loader(text)
        node = loader.get_single_node()
        if node is None:
            raise TreeError(1, 1, "an empty file", "a watch topic")
        return _tree(node, loader, text.split("\n"), DEEPEST_NESTING)
    except yaml.MarkedYAMLError as error:
        raise _explained(text, error) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise TreeError(
            line, 1, f"the character U+{int(error.character):04X}", "text without control characters"
        ) from None
    except RecursionError:
        raise TreeError(1, 1, "very deep nesting", f"at most {DEEPEST_NESTING} levels") from None


# Where there may be an anchor or an alias: not behind a letter or a quote, as in terror* and '*phobia'. Where a
# second document may begin, what is wrong behind that is told as well.
_MAY_BE_REFUSED = re.compile(r"""(?<![\w'"])[*&]|^(?:---|\.\.\.)""", re.MULTILINE)


def _refuse_aliases(text: str) -> None:
    """Refuse &anchors and *aliases: a few lines of them can stand for gigabytes, and `*` is mostly a wildcard."""
    if not _MAY_BE_REFUSED.search(text):
        return  # the text is parsed again for the tree, which takes as long
    for event in yaml.parse(text, Loader=Loader):
        if isinstance(event, yaml.AliasEvent):
            line, column = _place(event.start_mark)
            trap = f"*{event.anchor} without quotes; YAML reads a leading * as an alias: write '*{event.anchor}'"
            raise TreeError(line, column, trap, "quotes around a term with a wildcard")
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            line, column = _place(event.start_mark)
            raise TreeError(line, column, f"the anchor &{event.anchor}", "plain YAML, or quotes")


_BRACKETS = re.compile(r"[\[\]{}]")
_DASHES = re.compile(rf"(?:[-?:][ \t]+){{{DEEPEST_NESTING + 1}}}")


def _refuse_deep_nesting(text: str) -> None:
    """Refuse what libyaml would die of: it builds the tree by recursion, in C, where nothing bounds it.

    Brackets in quotes are counted too: a text with so many that are never closed is none of ours.
    """
    deepest = depth = 0
    for bracket in _BRACKETS.findall(text):
        depth = depth + 1 if bracket in "[{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    if deepest > MOST_OPEN_BRACKETS or _DASHES.search(text):
        raise TreeError(1, 1, "very deep nesting", f"at most {DEEPEST_NESTING} levels")


def _place(mark: object) -> tuple[int, int]:
    """Return a mark's line and column, counted from 1. PyYAML has two classes of marks."""
    return getattr(mark, "line", 0) + 1, getattr(mark, "column", 0) + 1


def _explained(text: str, error: yaml.MarkedYAMLError) -> TreeError:
    """Return a YAML error as a problem, with a hint when a bare * or ? is behind it."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark is not None else (0, 0)
    lines = text.split("\n")
    written = lines[line][column:] if line < len(lines) else ""
    before = lines[line][:column].rstrip() if line < len(lines) else ""
    problem = error.problem or "something that is not YAML"
    if written.startswith(("*", "?")) or before.endswith(("*", "?")):
        sign = written[0] if written[:1] in ("*", "?") else before[-1]
        problem += f"; YAML gives a bare {sign} a meaning of its own: write the term in quotes"
    return TreeError(line + 1, column + 1, problem, "YAML")


def _tree(node: yaml.Node, loader: yaml.SafeLoader, lines: list[str], depth: int) -> Node:
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    if depth == 0:
        raise TreeError(line, column, "very deep nesting", f"at most {DEEPEST_NESTING} levels")
    if isinstance(node, yaml.MappingNode):
        entries = tuple(
            (_key(key, loader, lines), _tree(value, loader, lines, depth - 1)) for key, value in node.value
        )
        return Mapping(entries, line, column)
    if isinstance(node, yaml.SequenceNode):
        return Sequence(tuple(_tree(item, loader, lines, depth - 1) for item in node.value), line, column)
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, loader, lines)
    raise TreeError(line, column, "something that is not YAML", "text, a list or a mapping")


def _key(node: yaml.Node, loader: yaml.SafeLoader, lines: list[str]) -> Scalar:
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, loader, lines)
    mark = node.start_mark
    raise TreeError(mark.line + 1, mark.column + 1, "a list or mapping as a key", "text as a key")


def _scalar(node: yaml.ScalarNode, loader: yaml.SafeLoader, lines: list[str]) -> Scalar:
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    try:
        value = loader.construct_object(node)
    except (yaml.constructor.ConstructorError, ValueError, ArithmeticError) as error:
        found = f"{node.value!r} ({getattr(error, 'problem', None) or error})"
        raise TreeError(line, column, found, "plain text or a number, in quotes if need be") from None
    is_block = node.style in {"|", ">"}
    last_line = node.end_mark.line + 1 if node.end_mark is not None else line
    first_line = line + 1 if is_block else line
    can_tell = is_block or not node.style  # in quotes, escapes would be counted for letters
    held = tuple(lines[first_line - 1 : last_line]) if can_tell and last_line > line else ()
    return Scalar(value, str(node.value), bool(node.style), line, column, last_line > line, held, first_line)
