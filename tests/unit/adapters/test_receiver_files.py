"""receivers.yaml: what is right, what is wrong and where, and that no secret ever shows."""

import copy
import io
import logging
import pickle
from pathlib import Path

import msgspec
import pytest

from worker.adapters.receiver_files import load_receivers, parse_receivers
from worker.adapters.sinks.apprise_services import make_service
from worker.domain.receiver import LOG_ONLY, RateLimit, Receiver, Receivers, unknown_receivers
from worker.domain.secret import Secret

EXAMPLE = Path(__file__).parents[3] / "deploy" / "receivers" / "receivers.yaml"
ENVIRONMENT = {
    "MAIL_USER": "rasid@example.org", "MAIL_PASSWORD": "p@ss/w:rd?&#% \"ж",
    "TEAMS_WORKFLOW": "643e69f83c8944", "TEAMS_SIGNATURE": "KODuebWbDGYFr0z0eu",
    "SLACK_URL": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#desk", "HOOK_USER": "rasid",
    "HOOK_PASSWORD": "geheim",
}  # fmt: skip
TELEGRAM = "tgram://123456789:abcdefg_hijklmnop/12315544/\n"


@pytest.fixture
def whole_log():
    """What is logged at any level, as it would stand in the worker's log."""
    kept, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(kept), root.level
    root.addHandler(handler)
    root.setLevel(1)
    yield kept
    root.removeHandler(handler)
    root.setLevel(level)


def parsed(text, environment=None, folder=Path()):
    receivers, problems = parse_receivers(text.encode(), environment or {}, folder)
    assert problems == []
    return receivers


def problems_of(text, environment=None, folder=Path()):
    receivers, problems = parse_receivers(text.encode(), environment or {}, folder)
    assert receivers is None
    return [(problem.line, problem.column, problem.found, problem.expected) for problem in problems]


def one(settings, environment=None, folder=Path()):
    """Return the receiver `desk` with these settings."""
    text = f"default: [desk]\nreceivers:\n  desk: {settings}\n"
    return parsed(text, environment, folder).by_name["desk"]


def one_problem(settings, environment=None, folder=Path()):
    (problem,) = problems_of(f"default: [desk]\nreceivers:\n  desk: {settings}\n", environment, folder)
    return problem[2:]


def test_the_example_is_right(tmp_path):
    copied = tmp_path / "receivers.yaml"
    copied.write_bytes(EXAMPLE.read_bytes())
    (tmp_path / "telegram-address").write_text(TELEGRAM)
    loaded = load_receivers(copied, ENVIRONMENT)
    assert loaded.problems == []
    receivers = loaded.receivers
    assert {name: receiver.kind for name, receiver in receivers.by_name.items()} == {
        "log": "log", "desk-mail": "apprise", "desk-slack": "apprise", "duty-officer": "apprise",
        "desk-teams": "apprise", "own-webhook": "apprise", "alertmanager": "alertmanager",
    }  # fmt: skip
    assert receivers.default == ("log",)
    mail = receivers.by_name["desk-mail"]
    assert (len(mail.addresses), mail.send_resolved, mail.timeout_seconds) == (2, True, 30)
    assert receivers.by_name["duty-officer"].addresses == (Secret(TELEGRAM.strip()),)
    assert receivers.by_name["desk-slack"].rate_limit == RateLimit(10, 60)


def test_without_a_file_alerts_go_to_the_log(tmp_path):
    loaded = load_receivers(tmp_path / "none.yaml", {})
    assert (loaded.receivers, loaded.problems) == (LOG_ONLY, [])


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path):
    loaded = load_receivers(tmp_path, {})
    assert loaded.receivers is None
    assert [str(problem) for problem in loaded.problems] == [
        f"{tmp_path}:1:1: found Is a directory; expected a file that can be read"
    ]


def test_defaults_differ_by_kind():
    receivers = parsed(
        "default: [a]\nreceivers: {a: {log: {}}, b: {apprise: 'json://127.0.0.1'}, "
        "c: {alertmanager: 'http://127.0.0.1:9093'}}"
    )
    assert [receiver.send_resolved for receiver in receivers.by_name.values()] == [False, False, True]
    assert {receiver.timeout_seconds for receiver in receivers.by_name.values()} == {10}


def test_a_password_may_hold_any_sign():
    password = ENVIRONMENT["MAIL_PASSWORD"]
    receiver = one("{apprise: 'mailto://u:${P}@mail.example.org'}", {"P": password})
    service = make_service(receiver.addresses[0], 10)
    assert (service.password, service.smtp_host) == (password, "mail.example.org")


def test_a_variable_alone_is_a_whole_address():
    assert one("{apprise: '${URL}'}", {"URL": "json://127.0.0.1/a?b=c"}).addresses == (
        Secret("json://127.0.0.1/a?b=c"),
    )


def test_every_problem_is_told_at_once_in_its_place(tmp_path):
    path = tmp_path / "receivers.yaml"
    path.write_text(
        "default: [nobody, desk]\n"
        "receivers:\n"
        "  desk: {apprise: 'json://', timeout: 1h, colour: red}\n"
        "  Night Desk: {log: {}}\n"
        "  both:\n"
        "    log: {}\n"
        "    alertmanager: 'ftp://127.0.0.1'\n"
        "    rate_limit: {messages: 0, per: soon}\n"
        "    send_resolved: sometimes\n"
        "  none: {link: rasid.example.org}\n"
    )
    loaded = load_receivers(path, {})
    assert loaded.receivers is None
    lines = [str(problem).removeprefix(f"{path}:").split("; expected")[0] for problem in loaded.problems]
    assert lines == [
        "1:11: found the receiver 'nobody', which this file does not have",
        "3:19: found a json:// address that Apprise cannot use",
        "3:39: found '1h'",
        "3:43: found unknown field 'colour'",
        "4:15: found the receiver's name 'Night Desk'",
        "6:5: found log and alertmanager in the receiver both",
        "8:28: found 0 (a number); YAML does not read 0 without quotes as text: write '0'",
        "8:36: found 'soon'",
        "9:20: found 'sometimes'",
        "10:9: found no kind in the receiver none",
        "10:16: found 'rasid.example.org'",
    ]


@pytest.mark.parametrize(
    ("settings", "found", "expected"),
    [
        ("{apprise: '${URL}'}", "${URL}, which the environment does not set", "a variable that is set"),
        ("{apprise: 'json://${9}'}", "${9}", "the name of an environment variable, as in ${SLACK_TOKEN}"),
        ("{apprise: 'json://${HOST'}", "${ without }", "a variable, as in ${SLACK_TOKEN}"),
        ("{apprise: {file: none}}", "none: No such file or directory", "a file that can be read"),
        ("{apprise: {path: x}}", "unknown field 'path'", "one of file"),
        ("{apprise: []}", "0 addresses", "one to 50"),
        ("{apprise: [[]]}", "a list of 0", "an address in quotes, or {file: /run/secrets/name}"),
        ("{apprise: 7}", "something else", "an address in quotes, or {file: /run/secrets/name}"),
        (
            "{alertmanager: 'http://127.0.0.1/?a=b'}", "a http:// address that cannot be used",
            "http://host:9093 or https://host, with no ? and no #",
        ),
        (
            "{alertmanager: 'http://127.0.0.1:port'}", "a http:// address that cannot be used",
            "http://host:9093 or https://host, with no ? and no #",
        ),
        ("{log: {}, timeout: 0s}", "'0s'", "timeout: 1s to 300s"),
        (
            "{log: {}, rate_limit: {messages: 3}}", "a rate limit without messages or per",
            "both, as in {messages: 10, per: 1m}",
        ),
        (
            "{log: {}, rate_limit: {messages: '1.5', per: 1m}}", "'1.5'",
            "messages: a whole number of at least 1",
        ),
        (
            "{log: {}, link: 'https://u:p@rasid.example.org'}", "a link with a user name",
            "a link without one: everybody who gets a message sees it",
        ),
        ("{log: }", "nothing", "log: an empty mapping, {}"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_explained(tmp_path, settings, found, expected):
    seen = problems_of(f"default: [desk]\nreceivers:\n  desk: {settings}\n", {}, tmp_path)
    assert (found, expected) in [problem[2:] for problem in seen]


@pytest.mark.parametrize("content", [b"", b"\n \n", b"json://a\njson://b\n", b"\xff\xfe", b"x" * 20_000])
def test_a_secret_file_holds_one_address(tmp_path, content):
    (tmp_path / "secret").write_bytes(content)
    found, _ = one_problem("{apprise: {file: secret}}", {}, tmp_path)
    assert found.startswith("secret")
    assert "xxxx" not in found


def test_a_secret_file_may_be_named_in_full(tmp_path):
    secret = tmp_path / "hook"
    secret.write_text("\ufeffjson://127.0.0.1/geheim\r\n")
    assert one(f"{{apprise: {{file: '{secret}'}}}}").addresses == (Secret("json://127.0.0.1/geheim"),)


@pytest.mark.parametrize("missing", ["default", "receivers"])
def test_both_parts_are_needed(missing):
    parts = {"default": "default: [log]", "receivers": "receivers: {log: {log: {}}}"}
    del parts[missing]
    assert (1, 1, f"no {missing}", f"the field {missing}") in problems_of("\n".join(parts.values()))


@pytest.mark.parametrize(
    "text",
    [
        "default: [a]\nreceivers: {a: 'json://u:hunter2@h/geheim'}",
        "default: ['json://u:hunter2@h/geheim']\nreceivers: {}",
        "default: [a]\nreceivers: {a: {apprise: 'jsom://u:hunter2@h/geheim'}}",
        "default: [a]\nreceivers: {a: {apprise: 'mailto://u:hunter2@'}}",
        "default: [a]\nreceivers: {a: {apprise: {'json://u:hunter2@h/geheim': x}}}",
        "default: [a]\nreceivers: {a: {apprise: {file: 'json://u:hunter2@h/geheim'}}}",
        "default: [a]\nreceivers: {a: {slack: 'slack://hunter2/geheim'}}",
        "default: [a]\nreceivers: {a: {log: 'json://u:hunter2@h/geheim'}}",
        "default: [a]\nreceivers: {a: {link: 'json://u:hunter2@h/geheim', log: {}}}",
        "default: [a]\nreceivers: {a: {link: 'https://u:hunter2@h/geheim', log: {}}}",
        "default: [a]\nreceivers: {a: {timeout: 'json://u:hunter2@h/geheim', log: {}}}",
        "default: [a]\nreceivers: {'json://u:hunter2@h/geheim': {log: {}}}",
        "default: [a]\nreceivers: {a: {alertmanager: 'http://u:hunter2@h:geheim'}}",
        "default: [a]\nreceivers: {a: {alertmanager: ['https://u:hunter2@/geheim', 'x://hunter2']}}",
        "default: [a]\nreceivers: {a: {apprise: '${V}'}}",
        "default: [a]\nreceivers: {a: {alertmanager: '${V}'}}",
        "default: [a]\nreceivers: {a: {apprise: &hunter2 geheim}}",
        "default: [a]\nreceivers: {a: {apprise: 'json://u:hunter2@h/geheim}}",
        "default: [a]\nreceivers: {a: {apprise: !!int json://u:hunter2@h/geheim}}",
    ],
)
def test_no_problem_shows_a_secret(text, whole_log, capsys):
    seen = problems_of(text, {"V": "jsom://u:hunter2@h/geheim"})
    assert seen
    printed = capsys.readouterr()
    for secret in ("hunter2", "geheim"):
        if f"&{secret}" not in text:
            assert secret not in str(seen) + whole_log.getvalue() + printed.out + printed.err


def test_a_secret_shows_itself_to_nobody():
    secret = Secret("json://u:hunter2@h")
    receiver = Receiver(name="desk", kind="apprise", addresses=(secret,))
    receivers = Receivers({"desk": receiver}, ("desk",))
    for shown in (repr(secret), str(secret), f"{secret}", repr(receiver), str(receivers), f"{receiver!r:>9}"):
        assert "hunter2" not in shown
    with pytest.raises(TypeError):
        msgspec.json.encode(receiver)
    with pytest.raises(TypeError):
        pickle.dumps(receiver)
    assert copy.copy(receiver) == receiver


def test_names_that_no_receiver_has_are_found():
    assert unknown_receivers(["log", "desk", "duty", "desk"], LOG_ONLY) == ["desk", "duty"]
    assert unknown_receivers([], LOG_ONLY) == []
