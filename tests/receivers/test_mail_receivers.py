"""Notifications by mail through Apprise, to a real mail server of this machine."""

import email
import email.policy

import pytest

from tests.notifications import HEADLINE, SENTENCE, made_alert, made_notification
from worker.adapters.sinks.factory import make_sink
from worker.domain.receiver import Receiver
from worker.domain.secret import Secret


def mail_sink(server, options="", user="", **fields):
    address = f"mailto://{user}127.0.0.1:{server.port}?from=rasid@example.org&to=desk@example.org&mode=insecure"
    return make_sink(Receiver(name="mail", kind="apprise", addresses=(Secret(address + options),), **fields))


def read(server):
    """Return the only mail that the server got, as a mail program reads it."""
    (mail,) = server.mails
    return email.message_from_bytes(mail.content, policy=email.policy.default)


async def test_an_arabic_mail_arrives_readable_with_its_headers(mail_server):
    outcome = await mail_sink(mail_server).deliver(made_notification())
    assert (outcome.kind, outcome.why) == ("delivered", "")
    mail = read(mail_server)
    assert HEADLINE in mail["Subject"]
    assert mail["Subject"].startswith("[CRITICAL] New alert: ")
    assert mail["To"] == "desk@example.org"
    assert "rasid@example.org" in mail["From"]
    assert mail["Message-ID"]
    assert mail["Date"].datetime is not None
    assert not mail.defects
    page = mail.get_body(("html",)).get_content()
    assert "<mark><b>الهجوم</b></mark>" in page
    assert '<blockquote dir="auto">' in page
    assert SENTENCE.replace("الهجوم", "").split()[0] in page


async def test_the_mail_has_a_plain_part_for_readers_without_html(mail_server):
    await mail_sink(mail_server).deliver(made_notification())
    plain = read(mail_server).get_body(("plain",)).get_content()
    assert HEADLINE in plain
    assert "rasid alerts acknowledge 01234567" in plain
    assert "<" not in plain


async def test_a_mail_in_plain_text_has_the_marks_of_the_terminal(mail_server):
    await mail_sink(mail_server, "&format=text").deliver(made_notification())
    mail = read(mail_server)
    assert mail.get_content_type() == "text/plain"
    assert "قال مسؤولون إن ⟦الهجوم⟧ الذي وقع ⟦بموسكو⟧" in mail.get_content()


async def test_the_headline_cannot_add_headers_to_a_mail(mail_server):
    nasty = "Взрыв\r\nBcc: victim@example.org\r\n\r\nтекст"
    await mail_sink(mail_server).deliver(made_notification(made_alert(title=nasty)))
    mail = read(mail_server)
    assert mail["Bcc"] is None
    assert "Взрыв Bcc: victim@example.org текст" in mail["Subject"]
    assert len(mail_server.mails[0].recipients) == 1


@pytest.mark.parametrize(
    ("verb", "answer", "kind", "code"),
    [
        ("RCPT", "550 5.1.1 no such user", "rejected", 550),
        ("RCPT", "451 4.7.1 try again later", "retry", 451),
        ("MAIL", "553 sender refused", "rejected", 553),
        ("DATA", "554 5.7.1 not wanted here", "rejected", 554),
        ("DATA", "452 4.3.1 disk full", "retry", 452),
    ],
)
async def test_the_mail_servers_answer_decides(mail_server, verb, answer, kind, code):
    mail_server.rules.answers[verb] = answer
    outcome = await mail_sink(mail_server).deliver(made_notification())
    assert outcome.kind == kind
    assert f"the mail server answered {code}" in outcome.why


async def test_a_wrong_password_is_rejected_and_not_told(mail_server, everything_logged):
    mail_server.rules.answers["AUTH"] = "535 5.7.8 wrong password hunter2geheim for melder"
    outcome = await mail_sink(mail_server, user="melder:hunter2geheim@").deliver(made_notification())
    assert outcome.kind == "rejected"
    assert "the mail server answered 535" in outcome.why
    for secret in ("hunter2geheim", "melder"):
        assert secret not in outcome.why + everything_logged.getvalue()


async def test_a_mail_server_that_is_down_is_tried_again(mail_server):
    sink = mail_sink(mail_server)
    mail_server.server_close()
    assert (await sink.deliver(made_notification())).kind == "retry"


@pytest.mark.parametrize("verb", ["EHLO", "RCPT"])
async def test_a_mail_server_that_hangs_is_given_up_and_tried_again(mail_server, verb):
    mail_server.rules.hang_at = verb
    outcome = await mail_sink(mail_server, timeout_seconds=1).deliver(made_notification())
    assert outcome.kind == "retry"
