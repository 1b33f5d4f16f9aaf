"""The last good version of a watch topic stays in force, whatever comes after it."""

from hypothesis import given
from hypothesis import strategies as st

from worker.domain.roster import Checked, Origin, Roster, Source, next_roster

GOOD = Source(Origin.FILE, "moscow.yaml", b"good")
BROKEN = Source(Origin.FILE, "moscow.yaml", b"broken")
BETTER = Source(Origin.FILE, "moscow.yaml", b"better")
APPLIED = Source(Origin.KAFKA, "moscow-attack", b"applied")
OTHER = Source(Origin.FILE, "z-second.yaml", b"other")
CHECKS = {
    GOOD: Checked("moscow-attack", "v1"),
    BROKEN: Checked(problems=("line 3: its own test fails",)),
    BETTER: Checked("moscow-attack", "v2"),
    APPLIED: Checked("moscow-attack", "v3"),
    OTHER: Checked("moscow-attack", "v4"),
}


def after(*steps: list[Source]) -> Roster:
    roster = Roster()
    for sources in steps:
        roster = next_roster(roster, sources, CHECKS)
    return roster


def versions(roster: Roster) -> dict[str, str]:
    return {entry.id: entry.version for entry in roster.entries.values()}


def test_good_source_is_in_force():
    assert versions(after([GOOD])) == {"moscow-attack": "v1"}


def test_old_version_stays_in_force_while_the_new_one_is_broken():
    roster = after([GOOD], [BROKEN])
    assert versions(roster) == {"moscow-attack": "v1"}
    assert [(one.source, one.problems) for one in roster.rejections] == [(BROKEN, CHECKS[BROKEN].problems)]


def test_mended_version_takes_over_and_the_rejection_is_gone():
    roster = after([GOOD], [BROKEN], [BETTER])
    assert versions(roster) == {"moscow-attack": "v2"}
    assert roster.rejections == ()


def test_source_that_was_never_good_is_not_in_force():
    assert versions(after([BROKEN])) == {}


def test_source_that_is_gone_takes_its_watch_topic_with_it_broken_or_not():
    assert versions(after([GOOD], [])) == {}
    assert versions(after([GOOD], [BROKEN], [])) == {}
    assert versions(after([GOOD], [], [BROKEN])) == {}


def test_what_was_applied_through_kafka_wins_and_the_file_returns_when_it_is_removed():
    assert versions(after([GOOD, APPLIED])) == {"moscow-attack": "v3"}
    assert versions(after([GOOD, APPLIED], [GOOD])) == {"moscow-attack": "v1"}


def test_record_whose_key_is_not_the_id_of_its_watch_topic_is_rejected():
    misplaced = Source(Origin.KAFKA, "another-key", b"v3")
    roster = next_roster(Roster(), [misplaced], {misplaced: Checked(id="moscow-attack", version="v3")})
    assert versions(roster) == {}
    assert roster.rejections[0].problems == (
        "key 'another-key' of a watch topic with the id 'moscow-attack'; expected the id as the key",
    )


def test_second_file_with_the_same_id_is_rejected_and_the_first_stays():
    roster = after([GOOD, OTHER])
    assert versions(roster) == {"moscow-attack": "v1"}
    assert "which moscow.yaml has already" in roster.rejections[0].problems[0]


def test_version_of_the_whole_changes_with_what_is_in_force_and_with_nothing_else():
    assert after([GOOD]).version == after([GOOD], [BROKEN]).version
    assert after([GOOD]).version != after([BETTER]).version


@given(
    st.lists(
        st.lists(st.sampled_from([GOOD, BROKEN, BETTER, APPLIED, OTHER]), unique_by=lambda s: (s.origin, s.name))
    )
)
def test_broken_content_never_stands_and_never_displaces(steps):
    roster = Roster()
    for sources in steps:
        previous, roster = roster, next_roster(roster, sources, CHECKS)
        assert all(entry.source is not BROKEN for entry in roster.entries.values())
        if BROKEN in sources and (Origin.FILE, "moscow.yaml") in previous.last_good:
            assert roster.last_good[Origin.FILE, "moscow.yaml"] == previous.last_good[Origin.FILE, "moscow.yaml"]
