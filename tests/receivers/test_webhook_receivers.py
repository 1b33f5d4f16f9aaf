"""Notifications to webhooks and chats through Apprise, on a real HTTP server of this machine."""

import asyncio
import json
import threading

import pytest
import requests

from tests.notifications import HEADLINE, made_alert, made_notification
from worker.adapters.sinks.apprise_sink import MOST_HANGING, AppriseSink
from worker.adapters.sinks.factory import make_sink
from worker.domain.receiver import Receiver
from worker.domain.secret import Secret

PASSWORD, TOKEN = "hunter2+geheim", "token-8d1f6c"


def sink_of(*addresses, timeout_seconds=10, **fields):
    secrets = tuple(map(Secret, addresses))
    receiver = Receiver(name="hook", kind="apprise", addresses=secrets, timeout_seconds=timeout_seconds, **fields)
    sink = make_sink(receiver)
    assert isinstance(sink, AppriseSink)
    return sink


async def until(condition):
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_webhook_gets_title_and_message_once(server):
    outcome = await sink_of(f"json://{server.host}/ok", link="https://rasid.example.org/alerts").deliver(
        made_notification()
    )
    assert (outcome.kind, outcome.why) == ("delivered", "")
    (request,) = server.requests
    posted = json.loads(request.body)
    assert HEADLINE in posted["title"]
    assert "⟦الهجوم⟧" in posted["message"]
    assert "rasid alerts acknowledge 01234567" in posted["message"]
    assert "https://rasid.example.org/alerts/0123456789abcdef" in posted["message"]
    assert posted["type"] == "warning"


@pytest.mark.parametrize(("form", "mark"), [("markdown", "**الهجوم**"), ("html", "<mark><b>الهجوم</b></mark>")])
async def test_the_address_chooses_the_form(server, form, mark):
    await sink_of(f"json://{server.host}/ok?format={form}").deliver(made_notification())
    assert mark in json.loads(server.requests[0].body)["message"]


async def test_a_chat_of_ones_own_gets_the_message_in_its_bounds(server):
    alerts = [made_alert(id=f"{number:032x}") for number in range(40)]
    sink = sink_of(f"mmost://{server.host}/{TOKEN}abcdefghijklmnopqrst")
    assert (await sink.deliver(made_notification(*alerts, reason="digest"))).kind == "delivered"
    (request,) = server.requests
    text = json.loads(request.body)["text"]
    assert len(text) <= 4_000
    assert text.startswith("Digest: 40 alerts")  # no title before it, for which this service has no place


@pytest.mark.parametrize("answer", ["rubbish", "huge-200", "204", "trickle"])
async def test_what_a_webhook_answers_beside_2xx_does_not_matter(server, answer):
    outcome = await sink_of(f"json://{server.host}/{answer}").deliver(made_notification())
    assert outcome.kind == "delivered"
    if answer in {"huge-200", "trickle"}:
        await until(server.unsent.is_set)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413])
async def test_what_the_receiver_refuses_for_good_is_rejected(server, status):
    outcome = await sink_of(f"json://{server.host}/{status}").deliver(made_notification())
    assert (outcome.kind, outcome.why) == ("rejected", f"answered {status}: {status}")


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_what_may_pass_is_tried_again(server, status):
    outcome = await sink_of(f"json://{server.host}/{status}").deliver(made_notification())
    assert (outcome.kind, outcome.why) == ("retry", f"answered {status}: {status}")


@pytest.mark.parametrize(
    ("answer", "why"),
    [("close", "no connection, or it was closed without an answer"), ("short", "the answer broke off")],
)
async def test_a_closed_connection_is_tried_again(server, answer, why):
    outcome = await sink_of(f"json://{server.host}/{answer}").deliver(made_notification())
    assert (outcome.kind, outcome.why) == ("retry", why)


async def test_a_receiver_that_is_down_is_tried_again(server):
    address = f"json://{server.host}/ok"
    server.server_close()
    outcome = await sink_of(address).deliver(made_notification())
    assert (outcome.kind, outcome.why) == ("retry", "no connection, or it was closed without an answer")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("insisting", ["", "?redirect=yes"])
async def test_a_redirect_to_another_host_gets_nothing_and_is_rejected(server, elsewhere, status, insisting):
    outcome = await sink_of(f"json://{server.host}/redirect-{status}{insisting}").deliver(made_notification())
    assert outcome.kind == "rejected"
    host = server.elsewhere
    assert outcome.why == f"answered {status}, a redirect to {host}, which is not followed"
    assert elsewhere.requests == []


async def test_the_endless_answer_of_a_redirect_is_not_read(server, elsewhere):
    outcome = await sink_of(f"json://{server.host}/huge-302").deliver(made_notification())
    assert outcome.kind == "rejected"
    await until(server.unsent.is_set)
    assert elsewhere.requests == []


async def test_a_hanging_receiver_holds_up_nobody_else(server):
    hanging = asyncio.create_task(
        sink_of(f"json://{server.host}/hang", timeout_seconds=60).deliver(made_notification())
    )
    await until(lambda: server.requests)
    outcomes = [await sink_of(f"json://{server.host}/ok").deliver(made_notification()) for _ in range(5)]
    assert [outcome.kind for outcome in outcomes] == ["delivered"] * 5
    assert not hanging.done()
    server.released.set()
    assert (await hanging).kind == "delivered"


async def test_a_hanging_receiver_is_given_up_after_its_time_and_tried_again(server):
    outcome = await sink_of(f"json://{server.host}/hang", timeout_seconds=1).deliver(made_notification())
    assert outcome.kind == "retry"
    assert outcome.why in {"no answer within 1 s", "no answer in time"}


async def test_hanging_tries_are_bounded(server):
    sink = sink_of(f"json://{server.host}/hang", timeout_seconds=60)
    tries = [
        asyncio.create_task(sink.deliver(made_notification(id=f"n{number}"))) for number in range(MOST_HANGING)
    ]
    await until(lambda: len(server.requests) == MOST_HANGING)
    outcome = await sink.deliver(made_notification(id="one more"))
    assert (outcome.kind, outcome.why) == ("retry", f"{MOST_HANGING} earlier tries still hang")
    assert len(server.requests) == MOST_HANGING
    server.released.set()
    assert [outcome.kind for outcome in await asyncio.gather(*tries)] == ["delivered"] * MOST_HANGING
    assert (await sink.deliver(made_notification(id="one more"))).kind == "delivered"


async def test_what_is_delivered_late_is_not_sent_again(server):
    sink = sink_of(f"json://{server.host}/hang", timeout_seconds=60)
    try_of_it = asyncio.create_task(sink.deliver(made_notification()))
    await until(lambda: server.requests)
    try_of_it.cancel()
    with pytest.raises(asyncio.CancelledError):
        await try_of_it
    server.released.set()
    await until(lambda: not any(thread.name == "send-hook" for thread in threading.enumerate()))
    await asyncio.sleep(0)
    assert (await sink.deliver(made_notification())).kind == "delivered"
    assert len(server.requests) == 1


async def test_of_several_addresses_only_those_that_failed_are_tried_again(server):
    server.answers["first"], server.answers["second"] = ["200"], ["500", "404"]
    sink = sink_of(f"json://{server.host}/first", f"json://{server.host}/second")
    outcome = await sink.deliver(made_notification())
    assert (outcome.kind, outcome.why) == ("retry", "1 of 2 addresses: answered 500: 500")
    outcome = await sink.deliver(made_notification())
    assert (outcome.kind, outcome.why) == ("rejected", "1 of 2 addresses: answered 404: 404")
    assert sorted(request.path for request in server.requests) == ["/first", "/second", "/second"]


@pytest.mark.parametrize("answer", ["ok", "echo", "404", "close", "redirect-302", "rubbish", "short", "huge-500"])
@pytest.mark.parametrize(
    "address",
    [
        "json://user:{password}@{host}/{token}/{answer}?+X-Key=geheim-key",
        "mmost://{host}/{token}abcdefghijklmnopqrst/{answer}",
        "xml://user:{password}@{host}/{token}/{answer}?-key=geheim-key",
    ],
)
async def test_no_secret_shows_anywhere(server, elsewhere, everything_logged, capsys, answer, address):
    written = address.format(password="hunter2%2Bgeheim", token=TOKEN, host=server.host, answer=answer)
    server.answers[f"{TOKEN}abcdefghijklmnopqrst"] = [answer]
    receiver = Receiver(name="hook", kind="apprise", addresses=(Secret(written),))
    outcome = await make_sink(receiver).deliver(made_notification())
    assert server.requests
    printed = capsys.readouterr()
    shown = "\n".join(
        [everything_logged.getvalue(), printed.out, printed.err, outcome.why, repr(receiver), str(outcome)]
    )
    for secret in (PASSWORD, "hunter2", "geheim", TOKEN, "token-elsewhere", "dXNlcjpodW50ZXIyK2dlaGVpbQ=="):
        assert secret not in shown
    assert len(outcome.why) < 300


async def test_requests_of_others_are_left_alone(server, elsewhere):
    sink_of(f"json://{server.host}/ok")  # from now on the library is wrapped
    answer = await asyncio.to_thread(requests.get, f"http://{server.host}/redirect-302", timeout=30)
    assert answer.status_code == 200
    assert [request.method for request in elsewhere.requests] == ["GET"]
