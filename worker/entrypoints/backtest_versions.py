"""What `rasid watch backtest --against` compares with: watch topics of a file, or of a git revision."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec

from worker.adapters.topic_files import SUFFIXES, WatchTopicFile, parse_watch_topic
from worker.domain.source_tree import Problem
from worker.domain.watch_topic import WatchTopic
from worker.entrypoints.watch import choose, load_files
from worker.streaming.stages import WatchTopicsError

GIT_TIMEOUT_SECONDS = 30


def is_path(against: str) -> bool:
    """Return whether `--against` names a file or folder and not a git revision."""
    return Path(against).exists() or against.endswith(SUFFIXES)


def other_versions(against: str, files: Sequence[WatchTopicFile]) -> list[WatchTopic]:
    """Return the versions to compare some watch topics with; those that did not exist there are left out.

    Args:
        against: A YAML file, a folder of them, or a git revision such as HEAD~1.
        files: The watch topics as they are now.

    Raises:
        WatchTopicsError: There is no such path or revision, no git, or what is found there is not valid.
    """
    ids = {file.watch_topic.id for file in files}
    found = choose(load_files([Path(against)]), ()) if is_path(against) else None
    if found is None:
        versions = [version for file in files if (version := _at_revision(against, file.path)) is not None]
    else:
        versions = [file.watch_topic for file in found]
    kept = [version for version in versions if version.id in ids]
    if not kept:
        there = ", ".join(version.id for version in versions) or "none"
        raise WatchTopicsError(f"{against} has no version of {', '.join(sorted(ids))}; there is: {there}")
    return kept


def _at_revision(revision: str, path: Path) -> WatchTopic | None:
    """Return the watch topic that a file held at a revision, or None when it did not exist."""
    folder, name = path.resolve().parent, path.name
    if revision.startswith("-"):
        raise WatchTopicsError(f"{revision} is neither a file nor a git revision")
    if _git(folder, "rev-parse", "--show-toplevel") is None:
        raise WatchTopicsError(f"{revision} is no file, and {folder} is in no git repository")
    if _git(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") is None:
        raise WatchTopicsError(
            f"{revision} is neither a file nor a git revision of {folder}; `git log --oneline {path}` lists them"
        )
    content = _git(folder, "show", f"{revision}:./{name}")
    if content is None:
        return None
    watch_topic, problems = parse_watch_topic(content)
    if watch_topic is None:
        raise WatchTopicsError(_at(problems, f"{revision}:{path}"))
    return watch_topic


def _at(problems: Sequence[Problem], file: str) -> str:
    return "\n".join(str(msgspec.structs.replace(problem, file=file)) for problem in problems)


def _git(folder: Path, *arguments: str) -> bytes | None:
    """Return what a git command writes, or None when it fails."""
    git = shutil.which("git")
    if git is None:
        raise WatchTopicsError("git is not installed; give --against a file instead of a revision")
    try:
        done = subprocess.run(  # noqa: S603 - git, no shell; who runs a back-test names the revision
            [git, "-C", str(folder), *arguments], capture_output=True, timeout=GIT_TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise WatchTopicsError(f"git {arguments[0]} gave no answer within {GIT_TIMEOUT_SECONDS} seconds") from None
    return done.stdout if done.returncode == 0 else None
