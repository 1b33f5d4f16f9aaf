"""How a receiver's answer is judged and told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.adapters.sinks.apprise_services import judge
from worker.adapters.sinks.http_guard import Exchange
from worker.adapters.sinks.outcomes import LONGEST_QUOTE, host_of, joined, outcome_of_status, told
from worker.domain.delivery import DeliveryOutcome
from worker.domain.secret import Secret


class Entry:
    """A line of Apprise's log."""

    def __init__(self, message, level="DEBUG"):
        self.message, self.level = message, level


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, "delivered") for status in (200, 201, 202, 204)),
        *((status, "rejected") for status in (301, 302, 304, 307, 308, 400, 401, 403, 404, 405, 410, 413, 422)),
        *((status, "retry") for status in (408, 421, 423, 425, 429, 500, 501, 502, 503, 504, 599)),
    ],
)
def test_a_status_decides(status, kind):
    assert outcome_of_status(status).kind == kind


def test_what_apprise_calls_well_is_delivered():
    assert judge(True, [Exchange(200)], [], ()).kind == "delivered"
    assert judge(True, [], [], ()).kind == "delivered"


def test_a_redirect_is_rejected_even_where_the_service_takes_it_for_well():
    assert judge(True, [Exchange(302, location="https://evil.example/x")], [], ()) == DeliveryOutcome(
        "rejected", "answered 302, a redirect to https://evil.example, which is not followed"
    )


def test_of_several_requests_one_that_may_pass_is_enough_to_try_again():
    assert judge(False, [Exchange(404), Exchange(200), Exchange(503)], [], ()).kind == "retry"
    assert judge(False, [Exchange(404), Exchange(200)], [], ()).kind == "rejected"


def test_what_cannot_be_told_is_tried_again():
    assert judge(False, [], [], ()) == DeliveryOutcome("retry", "not delivered")
    assert judge(False, [Exchange(200)], [], ()).kind == "retry"
    entries = [Entry("The key geheim-key does not open", "WARNING"), Entry("traceback")]
    assert judge(False, [], entries, (Secret("sign://geheim-key"),)) == DeliveryOutcome(
        "retry", "not delivered: The key *** does not open"
    )


@pytest.mark.parametrize(
    ("line", "kind", "why"),
    [
        ("Socket Exception: (535, b'5.7.8 no')", "rejected", "the mail server answered 535: 5.7.8 no"),
        ("Socket Exception: (421, b'busy')", "retry", "the mail server answered 421: busy"),
        ("Socket Exception: {'a@b': (550, b\"it's gone\")}", "rejected", "the mail server answered 550: it"),
        ("Socket Exception: (553, b'no', 'a@b')", "rejected", "the mail server answered 553: no"),
        ("SMTP recipient a@b was refused: 452 b'full'", "retry", "the mail server answered 452: full"),
        ("Socket Exception: [Errno 111] Connection refused", "retry", "not delivered"),
        ("Socket Exception: timed out", "retry", "not delivered"),
    ],
)
def test_a_mail_servers_answer_is_read_from_the_log(line, kind, why):
    assert judge(False, [], [Entry(line)], ()) == DeliveryOutcome(kind, why)


def test_a_message_itself_cannot_pass_for_a_mail_servers_answer():
    assert judge(False, [], [Entry("Email Payload: (550, b'no such user')")], ()).kind == "retry"


def test_an_answer_is_told_in_one_short_line_without_control_characters():
    said = told("\x1b[31mخطأ\r\nداخلي\x00\u202e " + "x" * 5_000)
    assert said.startswith("[31mخطأ داخلي xxx")
    assert len(said) == LONGEST_QUOTE


SECRET = Secret("jsons://melder:hunter2%2Bgeheim@hooks.example.org:8443/token-8d1f6c/T%C3%BCr?key=ключик&x=1")


@pytest.mark.parametrize(
    "shown",
    [
        SECRET.reveal(), "hunter2%2Bgeheim", "hunter2+geheim", "melder", "token-8d1f6c", "T%C3%BCr", "ключик",
        "%D0%BA%D0%BB%D1%8E%D1%87%D0%B8%D0%BA", "bWVsZGVyOmh1bnRlcjIrZ2VoZWlt",
    ],
)  # fmt: skip
def test_no_part_of_an_address_is_told_however_it_is_written(shown):
    assert shown not in told(f"bad request: {shown}.", (SECRET,))


@given(st.text(max_size=400), st.text(max_size=10))
def test_telling_never_fails_and_never_shows_the_address(before, after):
    said = told(before + SECRET.reveal() + after, (SECRET,))
    assert len(said) <= LONGEST_QUOTE
    assert "hunter2" not in said
    assert "token-8d1f6c" not in said


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://u:geheim@h.example:8443/geheim?k=geheim", "https://h.example:8443"),
        ("/relative/geheim", ""),
        ("http://h:port/", ""),
        ("http://[::1", ""),
        ("", ""),
    ],
)
def test_of_an_address_only_the_host_is_told(address, host):
    assert host_of(address) == host


def test_all_addresses_count_as_one_receiver():
    well, later, never = (
        DeliveryOutcome("delivered"),
        DeliveryOutcome("retry", "a"),
        DeliveryOutcome("rejected", "b"),
    )
    assert joined([well, well], 2) == well
    assert joined([], 2) == well
    assert joined([well, later, never], 3) == DeliveryOutcome("retry", "1 of 3 addresses: a")
    assert joined([well, never], 2) == DeliveryOutcome("rejected", "1 of 2 addresses: b")
    assert joined([never], 1) == never
