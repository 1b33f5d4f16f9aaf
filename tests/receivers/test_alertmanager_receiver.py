"""Alerts in a real Prometheus Alertmanager, and the sink on a server that answers badly.

The Alertmanager is Debian's package prometheus-alertmanager; `deploy/get-alertmanager` unpacks it without root.
"""

import asyncio
import contextlib
import json
import re
import socket
import subprocess
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.notifications import HEADLINE, SENTENCE, made_alert, made_notification
from worker.adapters.sinks.alertmanager import FIRES_FOR, AlertmanagerSink, labels, posted_alerts
from worker.adapters.sinks.factory import make_sink
from worker.domain.receiver import Receiver
from worker.domain.secret import Secret

ROOT = Path(__file__).parents[2]
CONFIGURATION = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"


class Alertmanager:
    """One that runs, and what it shows."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        (folder / "alertmanager.yml").write_text(CONFIGURATION)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        self.process = None

    def start(self):
        with (self.folder / "alertmanager.log").open("ab") as output:
            self.process = subprocess.Popen(
                [
                    self.program, f"--config.file={self.folder}/alertmanager.yml",
                    f"--storage.path={self.folder}/data", "--cluster.listen-address=",
                    f"--web.listen-address={self.url.removeprefix('http://')}",
                ],
                stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        for _ in range(600):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/-/ready", timeout=5):
                return
            assert self.process.poll() is None, (self.folder / "alertmanager.log").read_text()
            time.sleep(0.05)
        raise AssertionError("Alertmanager does not start")

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)

    def alerts(self):
        """Return the alerts that fire, by alert_id and severity."""
        with urllib.request.urlopen(f"{self.url}/api/v2/alerts?active=true", timeout=30) as answer:
            shown = json.load(answer)
        return {(alert["labels"]["alert_id"], alert["labels"]["severity"]): alert for alert in shown}

    async def shows(self, condition):
        """Wait until what it shows fulfils a condition: a resolved alert takes it a moment."""
        async with asyncio.timeout(60):
            while not condition(self.alerts()):  # noqa: ASYNC110
                await asyncio.sleep(0.05)


@pytest.fixture(scope="session")
def program():
    script = ROOT / "deploy" / "get-alertmanager"
    found = subprocess.run([script], check=False, capture_output=True, text=True, timeout=110)
    assert found.returncode == 0, found.stderr
    return found.stdout.strip()


@pytest.fixture
def alertmanager(program, tmp_path):
    started = Alertmanager(program, tmp_path)
    try:
        started.start()
        yield started
    finally:
        started.stop()


def sink_for(*addresses, **fields):
    receiver = Receiver(name="am", kind="alertmanager", addresses=tuple(map(Secret, addresses)), **fields)
    sink = make_sink(receiver)
    assert isinstance(sink, AlertmanagerSink)
    return sink


def alert_now(number=1, **fields):
    return made_alert(id=f"{number:032x}", raised_at=datetime.now(UTC) - timedelta(minutes=1), **fields)


async def test_an_alert_fires_with_our_labels_and_annotations(alertmanager):
    alert = alert_now(labels={"desk": "security", "регион": "МСК", "severity": "mine"})
    outcome = await sink_for(alertmanager.url, link="https://rasid.example.org/alerts").deliver(
        made_notification(alert)
    )
    assert (outcome.kind, outcome.why) == ("delivered", "")
    shown = alertmanager.alerts()[alert.id, "critical"]
    assert shown["labels"] == {
        "alertname": "Rasid", "watch_topic": "moscow-attack", "severity": "critical", "language": "ar",
        "kind": "story", "alert_id": alert.id, "desk": "security", "______": "МСК", "label_severity": "mine",
    }  # fmt: skip
    assert shown["annotations"]["summary"] == HEADLINE
    assert shown["annotations"]["evidence"] == SENTENCE
    assert shown["annotations"]["link"] == f"https://rasid.example.org/alerts/{alert.id}"
    assert shown["generatorURL"] == shown["annotations"]["link"]
    assert shown["status"]["state"] == "active"


async def test_an_alert_fires_until_it_is_resolved(alertmanager):
    sink, alert = sink_for(alertmanager.url), alert_now()
    await sink.deliver(made_notification(alert))
    first = alertmanager.alerts()[alert.id, "critical"]
    outcome = await sink.deliver(made_notification(alert, reason="refresh"))
    assert outcome.kind == "delivered"
    refreshed = alertmanager.alerts()[alert.id, "critical"]
    assert refreshed["fingerprint"] == first["fingerprint"]
    assert datetime.fromisoformat(refreshed["endsAt"]) > datetime.fromisoformat(first["endsAt"])
    assert datetime.fromisoformat(refreshed["endsAt"]) > datetime.now(UTC) + FIRES_FOR - timedelta(hours=1)
    resolved = alert_now(status="resolved", revision=2, resolved_by="منى")
    assert (await sink.deliver(made_notification(resolved, reason="resolved"))).kind == "delivered"
    await alertmanager.shows(lambda alerts: not alerts)


async def test_a_refresh_brings_alerts_back_after_alertmanager_was_restarted(alertmanager):
    sink, alert = sink_for(alertmanager.url), alert_now()
    await sink.deliver(made_notification(alert))
    alertmanager.stop()
    assert (await sink.deliver(made_notification(alert, reason="refresh"))).kind == "retry"
    alertmanager.start()
    assert not alertmanager.alerts()
    await sink.deliver(made_notification(alert, reason="refresh"))
    assert list(alertmanager.alerts()) == [(alert.id, "critical")]


async def test_a_higher_severity_takes_the_place_of_the_lower_one(alertmanager):
    sink = sink_for(alertmanager.url)
    await sink.deliver(made_notification(alert_now(severity="medium")))
    risen = alert_now(severity="critical", revision=2, change="follow_up")
    assert (await sink.deliver(made_notification(risen, reason="update"))).kind == "delivered"
    await alertmanager.shows(lambda alerts: list(alerts) == [(risen.id, "critical")])


async def test_many_alerts_go_in_one_request(alertmanager):
    alerts = [alert_now(number) for number in range(200)]
    assert (await sink_for(alertmanager.url).deliver(made_notification(*alerts))).kind == "delivered"
    assert len(alertmanager.alerts()) == 200


async def test_an_alert_whose_story_lies_in_the_future_still_ends(alertmanager):
    sink, ahead = sink_for(alertmanager.url), datetime.now(UTC) + timedelta(days=2)
    await sink.deliver(made_notification(made_alert(raised_at=ahead)))
    resolved = made_alert(raised_at=ahead, status="resolved", revision=2)
    assert (await sink.deliver(made_notification(resolved, reason="resolved"))).kind == "delivered"
    await alertmanager.shows(lambda alerts: not alerts)


def test_what_grows_with_a_story_is_no_label():
    before = made_alert()
    after = made_alert(
        revision=9, change="copy", status="acknowledged", languages=["ar", "en"], sources=["a", "b"], score=9.0,
        article_count=7, acknowledged_by="منى",
    )  # fmt: skip
    assert labels(before, "critical") == labels(after, "critical")


def test_labels_have_names_that_alertmanager_takes_and_none_is_lost():
    given = {"a b": "1", "a-b": "2", "9": "3", "": "4", "alertname": "5", "alert_id": "6", "ok": "7"}
    made = labels(made_alert(labels=given), "high")
    assert all(re.fullmatch("[a-zA-Z_][a-zA-Z0-9_]*", name) for name in made)
    assert set("1234567") <= set(made.values())
    assert made["alertname"] == "Rasid"


def test_an_alert_that_is_new_ends_no_other():
    now = datetime.now(UTC)
    assert len(posted_alerts(made_alert(), now, None)) == 1


@pytest.mark.parametrize(
    ("answer", "kind", "why"),
    [
        ("200", "delivered", ""),
        ("rubbish", "delivered", ""),
        ("huge-200", "delivered", ""),
        ("400", "rejected", "answered 400: 400"),
        ("404", "rejected", "answered 404: 404"),
        ("429", "retry", "answered 429: 429"),
        ("500", "retry", "answered 500: 500"),
        ("close", "retry", "no connection, or no answer by HTTP: ServerDisconnectedError"),
        ("hang", "retry", "no answer within 1 s"),
    ],
)
async def test_the_answer_decides(server, answer, kind, why):
    outcome = await sink_for(f"http://{server.host}/{answer}", timeout_seconds=1).deliver(made_notification())
    assert (outcome.kind, outcome.why) == (kind, why)


async def test_a_huge_refusal_is_not_read_to_its_end(server):
    outcome = await sink_for(f"http://{server.host}/huge-500").deliver(made_notification())
    assert outcome.kind == "retry"
    assert len(outcome.why) < 300
    assert await asyncio.to_thread(server.unsent.wait, 30)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_alertmanagers_redirect_gets_nothing_and_is_rejected(server, elsewhere, status):
    outcome = await sink_for(f"http://{server.host}/redirect-{status}").deliver(made_notification())
    assert outcome.kind == "rejected"
    assert outcome.why == f"answered {status}, a redirect to {server.elsewhere}, which is not followed"
    assert elsewhere.requests == []


async def test_of_a_cluster_every_member_is_told(server):
    server.answers["one"], server.answers["two"] = ["200"], ["503"]
    sink = sink_for(f"http://{server.host}/one", f"http://{server.host}/two/api/v2/alerts")
    outcome = await sink.deliver(made_notification())
    assert (outcome.kind, outcome.why) == ("retry", "1 of 2 addresses: answered 503: 503")
    assert sorted(request.path for request in server.requests) == ["/one/api/v2/alerts", "/two/api/v2/alerts"]


@pytest.mark.parametrize("answer", ["echo", "close", "200", "redirect-307"])
async def test_user_and_password_are_sent_and_never_shown(server, elsewhere, everything_logged, answer):
    address = f"http://melder:hunter2%2Bgeheim@{server.host}/token-8d1f6c/{answer}"
    outcome = await sink_for(address).deliver(made_notification())
    assert server.requests[0].headers["Authorization"] == "Basic bWVsZGVyOmh1bnRlcjIrZ2VoZWlt"
    shown = outcome.why + everything_logged.getvalue() + repr(Receiver(name="am", kind="alertmanager"))
    for secret in ("melder", "hunter2", "geheim", "token-8d1f6c", "bWVsZGVyOmh1bnRlcjIrZ2VoZWlt"):
        assert secret not in shown
