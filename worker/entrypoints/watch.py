"""Files of watch topics as `rasid watch` takes them, and what `check` and `list` say of them."""

import difflib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from worker.adapters.topic_files import (
    SUFFIXES,
    WatchTopicFile,
    WatchTopicFiles,
    load_watch_topic_files,
    yaml_files,
)
from worker.domain.source_tree import Problem
from worker.domain.watch_topic_tests import TestFailure, run_tests
from worker.streaming.stages import WatchTopicsError


class CheckReport(msgspec.Struct, frozen=True, kw_only=True):
    """What `rasid watch check` finds: tests that fail are problems too."""

    watch_topics: int
    tests: int
    problems: list[Problem]


class ListedWatchTopic(msgspec.Struct, frozen=True, kw_only=True):
    """A watch topic as `rasid watch list` shows it."""

    id: str
    title: str
    status: str
    severity: str
    languages: list[str]
    terms: int
    tests: int
    version: str
    file: str


def load_files(paths: Sequence[Path]) -> WatchTopicFiles:
    """Load watch topics from files and from the *.yaml and *.yml files of folders.

    Of two files with one id neither is used.

    Raises:
        WatchTopicsError: A path does not exist, is no YAML file, or is a folder without any.
    """
    return load_watch_topic_files(_yaml_files(paths))


def _yaml_files(paths: Sequence[Path]) -> list[Path]:
    files: dict[Path, Path] = {}
    for path in paths:
        if not path.exists():
            raise WatchTopicsError(f"{path} does not exist; give a folder of watch topics or .yaml files")
        if path.is_dir():
            found = yaml_files(path)
            if not found:
                raise WatchTopicsError(f"{path} holds no watch topics ({' or '.join('*' + s for s in SUFFIXES)})")
        elif path.suffix in SUFFIXES:
            found = [path]
        else:
            raise WatchTopicsError(f"{path} is no watch topic: its name should end in {' or '.join(SUFFIXES)}")
        files |= {file.resolve(): file for file in found if file.resolve() not in files}
    return list(files.values())


def choose(files: WatchTopicFiles, ids: Sequence[str]) -> list[WatchTopicFile]:
    """Return the files of some watch topics in the order of their ids, or all of them when no id is given.

    Raises:
        WatchTopicsError: There is none with an id, or a file that might be meant is not valid.
    """
    if not ids:
        if files.problems:
            raise WatchTopicsError("\n".join(map(str, files.problems)))
        return files.files
    known = {file.watch_topic.id: file for file in files.files}
    for name in ids:
        if name not in known:
            raise WatchTopicsError(_unknown(name, files))
    return [known[name] for name in sorted(set(ids))]


def _unknown(name: str, files: WatchTopicFiles) -> str:
    ids = [file.watch_topic.id for file in files.files]
    close = difflib.get_close_matches(name, ids, n=1)
    advice = f"did you mean {close[0]}?" if close else f"there are: {', '.join(ids) or 'none'}"
    wrong = "".join(f"\n{problem}" for problem in files.problems)
    return f"no watch topic {name!r}; {advice}" + (f"\nFiles that are not valid:{wrong}" if wrong else "")


def check(paths: Sequence[Path]) -> CheckReport:
    """Validate watch topics and run the tests in their files.

    Raises:
        WatchTopicsError: See `load_files`.
    """
    loaded = load_files(paths)
    problems = list(loaded.problems)
    for file in loaded.files:
        problems += [_as_problem(file.path, failure) for failure in run_tests(file.watch_topic)]
    return CheckReport(
        watch_topics=len(loaded.files),
        tests=loaded.tests,
        problems=sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column)),
    )


def _as_problem(path: Path, failure: TestFailure) -> Problem:
    text = failure.text if len(failure.text) <= 80 else failure.text[:79] + "…"
    found = f"{failure.found} in the test {text!r}"
    return Problem(line=failure.line, column=1, found=found, expected=failure.expected, file=str(path))


def listed(file: WatchTopicFile) -> ListedWatchTopic:
    """Return what `rasid watch list` shows of a file."""
    watch_topic = file.watch_topic
    terms = list(watch_topic.named_terms())
    return ListedWatchTopic(
        id=watch_topic.id,
        title=watch_topic.title,
        status=watch_topic.status,
        severity=watch_topic.severity,
        languages=sorted({language for by_language in watch_topic.terms.values() for language in by_language}),
        terms=len({(group, term) for group, _, term in terms}),
        tests=len(watch_topic.tests),
        version=watch_topic.version,
        file=str(file.path),
    )
