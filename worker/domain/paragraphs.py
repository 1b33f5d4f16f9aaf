"""The paragraphs of a plain text, and those of them that are the story."""

import re
from dataclasses import dataclass, field

from worker.domain.article import RemovedFurniture
from worker.domain.caption import find_caption, is_headline_with_label
from worker.domain.furniture import (
    FurnitureRules,
    is_headline_like,
    is_related_heading,
    is_related_link,
    line_kind,
    without_markers,
)

# More than this many headlines under one heading is a list of the story's own.
MAX_HEADLINES = 8
# Where blank lines do not say where the list ends, fewer are taken.
MAX_UNGROUPED_HEADLINES = 5
# In a text whose lines are not grouped by blank lines, a line of so few words after the headlines is more
# likely the story's next section heading than one more headline.
MAX_SECTION_HEADING_WORDS = 4

_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
_OTHER_LINE_ENDS = "\r\x0b\x0c\x85\u2028\u2029"
_LINE_ENDS = re.compile(rf"\r\n?|[\n{_OTHER_LINE_ENDS}]")


@dataclass
class Story:
    """The paragraphs that are the story, and what was taken out around them."""

    paragraphs: list[str] = field(default_factory=list)
    removed: list[RemovedFurniture] = field(default_factory=list)

    def remove(self, kind: str, text: str) -> None:
        """Note a piece of furniture."""
        self.removed.append(RemovedFurniture(kind, text))


def split_lines(text: str) -> list[str]:
    """Return the lines of a text, white space collapsed, control characters gone; blank lines are ''."""
    if any(end in text for end in _OTHER_LINE_ENDS):
        text = _LINE_ENDS.sub("\n", text)
    # Most lines are printable, and a printable one has no control character.
    lines = text.split("\n")
    return [" ".join((line if line.isprintable() else _CONTROLS.sub("", line)).split()) for line in lines]


def read_story(lines: list[str], rules: FurnitureRules, title: str | None = None) -> Story:
    """Return the story in the lines of a text.

    Args:
        lines: From `split_lines`; blank lines tell groups apart.
        rules: The furniture to take out.
        title: The article's title; a first line that repeats it is taken out too.
    """
    story = Story()
    grouped = _is_grouped(lines)
    position = 0
    while position < len(lines):
        line = lines[position]
        position += 1
        if not line:
            continue
        if title and not story.paragraphs and line == title:
            story.remove("title", line)
        elif is_related_heading(line, rules):
            story.remove("related", line)
            position = _skip_headlines(lines, position, grouped, rules, story)
        else:
            _read_line(line, rules, story)
    return story


def _is_grouped(lines: list[str]) -> bool:
    """Blank lines tell groups apart only where some lines have them between and others have not."""
    text = "\n".join(lines).strip("\n")
    return "\n\n" in text and re.search(r"[^\n]\n[^\n]", text) is not None


def _skip_headlines(lines: list[str], start: int, grouped: bool, rules: FurnitureRules, story: Story) -> int:
    taken = 0
    end = start
    for position in range(start, len(lines)):
        text = lines[position]
        if not text:
            if grouped and taken:
                break
            continue
        if (
            taken == (MAX_HEADLINES if grouped else MAX_UNGROUPED_HEADLINES)
            or not is_headline_like(text)
            or is_related_heading(text, rules)
        ):
            break
        if not grouped and taken and len(text.split()) <= MAX_SECTION_HEADING_WORDS:
            break
        story.remove("related", text)
        taken += 1
        end = position + 1
    return end


def _read_line(line: str, rules: FurnitureRules, story: Story) -> None:
    # Asked first how long the line is: its expression takes seconds for a line of a million brackets.
    if is_headline_like(line) and is_related_link(line, rules):
        story.remove("related", line)
        return
    if not story.paragraphs and is_headline_with_label(line, rules):
        story.paragraphs.append(line)
        return
    kind = line_kind(line, rules)
    if kind:
        story.remove(kind, line)
        return
    rest, markers = without_markers(line, rules)
    for marker in markers:
        story.remove("advertisement", marker)
    cut = find_caption(rest, rules) if rest else None
    if cut:
        story.remove(cut.kind, rest[cut.start :].strip())
        rest = rest[: cut.start].rstrip()
    if rest:
        story.paragraphs.append(rest)
