"""The delivery desk: what reaches whom, whatever is raised, answered, refused and interrupted."""

from collections import Counter
from datetime import timedelta

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.unit.domain.alert_maker import (
    MAIL,
    NOON,
    PAGER,
    RECEIVERS,
    acknowledged,
    after,
    alert,
    development,
    escalated,
    resolved,
    then,
)
from worker.domain.alert import Alert
from worker.domain.alert_action import Silence
from worker.domain.alert_settings import Escalation
from worker.domain.delivery import DeliveryOutcome
from worker.domain.delivery_desk import DeliveryDesk
from worker.domain.delivery_recovery import restored
from worker.domain.delivery_state import DeliveryState
from worker.domain.notification import Notification
from worker.domain.receiver import RateLimit, Receivers
from worker.domain.silence import Silences

DELIVERED, RETRY, REJECTED = (DeliveryOutcome(kind) for kind in ("delivered", "retry", "rejected"))
NAMES = tuple(RECEIVERS.by_name)
LIMIT = RateLimit(2, 400)
LIMITED = Receivers(
    RECEIVERS.by_name | {"pager": msgspec.structs.replace(PAGER, rate_limit=LIMIT)}, RECEIVERS.default
)


class World:
    """A desk, what was written of it, and what every receiver got."""

    def __init__(self, receivers: Receivers = RECEIVERS):
        self.receivers = receivers
        self.now = NOON
        self.silences = Silences()
        self.written: dict[str, bytes] = {}
        self.desk = DeliveryDesk(receivers, self.silences)
        self.in_air: dict[str, Notification] = {}
        self.got: list[tuple[str, Notification]] = []
        self.deliveries = []

    def write(self, part: float = 1.0) -> None:
        changes = self.desk.take_changes()
        for key, state in changes[: int(len(changes) * part)]:
            if state is None:
                self.written.pop(key, None)
            else:
                self.written[key] = msgspec.json.encode(state)

    def crash(self) -> None:
        self.in_air.clear()
        states = [msgspec.json.decode(value, type=DeliveryState) for value in self.written.values()]
        self.desk = restored(states, self.receivers, self.silences, self.now)
        self.write()

    def apply(self, state: Alert) -> None:
        self.desk.apply(state, self.now)
        self.write()

    def tick(self, **passed: float) -> None:
        self.now += timedelta(**passed)
        self.desk.tick(self.now)
        self.write()

    def begin(self, receiver: str) -> Notification | None:
        notification = self.desk.begin(receiver, self.now)
        self.write()
        if notification is not None:
            self.in_air[receiver] = notification
        return notification

    def finish(self, receiver: str, outcome: DeliveryOutcome) -> None:
        notification = self.in_air.pop(receiver)
        self.deliveries.append(self.desk.finish(receiver, outcome, self.now))
        if outcome.kind == "delivered":
            self.got.append((receiver, notification))
        self.write()

    def send_all(self, outcome: DeliveryOutcome = DELIVERED, names=None) -> list[Notification]:
        """Tick, then try whatever can be tried now; return what was tried."""
        self.tick()
        tried = []
        for name in names or self.receivers.by_name:
            while (notification := self.begin(name)) is not None:
                tried.append(notification)
                self.finish(name, outcome)
        return tried


def reasons(notifications):
    return [one.reason for one in notifications]


def test_ten_thousand_alerts_in_a_second_make_few_notifications_and_none_is_left_out():
    world = World()
    for number in range(10_000):
        world.desk.apply(alert(f"a{number}"), world.now)
    world.write()
    world.tick(seconds=30)
    tried = world.send_all()
    assert len(tried) == 10
    named = {one.id for sent in tried for one in (*sent.alerts, *sent.others)}
    assert len(named) == 10_000
    assert all(len(sent.alerts) == 20 for sent in tried)
    assert all(len(value) < 2 * 1024**2 for value in world.written.values())


def test_receiver_that_fails_for_a_day_gets_everything_in_the_end_in_few_messages():
    world = World()
    for minute in range(24 * 60):
        if minute % 10 == 0:
            world.apply(alert(f"a{minute}"))
        world.tick(minutes=1)
        world.send_all(RETRY, ["mail"])
    assert world.desk.waiting("mail") <= 2
    tried = []
    for _ in range(30):
        tried += world.send_all(DELIVERED, ["mail"])
        world.tick(minutes=1)
    told = {one.id for sent in tried for one in (*sent.alerts, *sent.others)}
    assert told >= {f"a{minute}" for minute in range(0, 24 * 60, 10)}
    assert len(tried) <= 8
    assert max(sent.joined for sent in tried) > 50


def test_slow_receiver_delays_only_itself():
    world = World()
    world.apply(alert("a1", to=("mail", "pager")))
    world.tick(seconds=30)
    assert world.begin("mail") is not None  # and no answer comes
    assert reasons(world.send_all(names=["pager"])) == ["new"]


def test_alert_resolved_while_its_first_notification_waits_is_not_notified_at_all():
    world = World()
    world.apply(first := alert())
    world.tick(seconds=30)
    world.begin("mail")
    world.finish("mail", RETRY)
    world.apply(resolved(first))
    world.tick(hours=1)
    assert world.send_all() == []
    assert world.desk.withdrawn == 1


def test_alert_resolved_while_its_notification_is_in_the_air_is_told_resolved_when_it_arrived():
    world = World()
    world.apply(first := alert())
    world.tick(seconds=30)
    world.begin("mail")
    world.apply(resolved(first))
    world.finish("mail", DELIVERED)
    world.tick(minutes=6)
    (last,) = world.send_all()
    assert (last.reason, last.alerts[0].status, last.alerts[0].news[0].text) == ("resolved", "resolved", "انتهى")


def test_receiver_without_send_resolved_hears_nothing_of_the_end():
    world = World()
    world.apply(first := alert(to=("pager",)))
    world.tick(seconds=30)
    assert reasons(world.send_all()) == ["new"]
    world.apply(resolved(first))
    world.tick(hours=12)
    assert world.send_all() == []


def test_alert_acknowledged_before_its_first_notification_is_not_sent():
    world = World()
    world.apply(first := alert())
    world.apply(acknowledged(first))
    world.tick(hours=12)
    assert world.send_all() == []


def test_those_who_know_of_an_alert_are_told_that_it_was_acknowledged_and_it_is_not_repeated():
    world = World()
    world.apply(first := alert())
    world.tick(seconds=30)
    world.send_all()
    world.apply(acknowledged(first))
    world.tick(minutes=5)
    (update,) = world.send_all()
    assert (update.reason, [news.kind for news in update.alerts[0].news]) == ("update", ["acknowledged"])
    world.tick(days=2)
    assert world.send_all() == []


def test_development_of_an_acknowledged_alert_is_told():
    world = World()
    world.apply(first := alert())
    world.tick(seconds=30)
    world.send_all()
    world.apply(second := acknowledged(first))
    world.apply(development(second, "первая статья из Египта"))
    world.tick(minutes=5)
    (update,) = world.send_all()
    assert [news.text for news in update.alerts[0].news] == ["Амина взяла в работу", "первая статья из Египта"]


def test_escalation_goes_out_at_once_past_group_wait_digest_and_silence():
    world = World()
    world.silences.put(
        Silence(id="s", starts_at=NOON, ends_at=after(days=1), by="Лев", why="учения", language="ru")
    )
    world.apply(first := alert(digest=86_400))
    world.apply(escalated(first, "pager"))
    (sent,) = world.send_all()
    assert (sent.receiver, sent.reason, sent.alerts[0].status) == ("pager", "escalation", "escalated")


def test_escalation_that_was_answered_while_the_receiver_was_down_is_not_sent():
    world = World()
    world.apply(first := alert())
    world.apply(second := escalated(first, "pager"))
    world.begin("pager")
    world.finish("pager", RETRY)
    world.apply(acknowledged(second))
    world.tick(hours=1)
    assert world.send_all() == []


def test_what_is_left_of_an_answered_escalation_is_not_called_one():
    world = World()
    world.apply(first := alert())
    world.apply(first := development(first, "Взрыв в порту"))
    world.apply(second := escalated(first, "mail"))
    world.begin("mail")
    world.crash()
    world.apply(acknowledged(second))
    (again,) = world.send_all()
    assert (again.reason, [news.text for news in again.alerts[0].news]) == ("update", ["Взрыв в порту"])


def test_repeats_count_from_when_the_alert_reached_the_receiver():
    world = World()
    world.apply(alert())
    world.tick(seconds=30)
    world.begin("mail")
    world.tick(hours=3)
    world.finish("mail", DELIVERED)
    world.tick(hours=3, minutes=59)
    assert world.send_all() == []
    world.tick(minutes=1)
    assert reasons(world.send_all()) == ["repeat"]


def test_step_of_escalation_whose_record_was_compacted_away_is_made_up_for():
    world = World()
    steps = (Escalation(60, "pager"), Escalation(120, "metrics"))
    late = alert(revision=9, escalate=steps, status="escalated", escalation_step=2, news=[])
    world.apply(late)
    assert sorted(sent.receiver for sent in world.send_all()) == ["metrics", "pager"]
    world.tick(seconds=30)
    assert [(sent.receiver, sent.reason) for sent in world.send_all()] == [("mail", "new")]


def test_unknown_receiver_falls_to_the_default_and_is_named():
    world = World()
    assert world.desk.apply(alert(to=("nobody", "pager")), NOON) == ["nobody"]
    world.tick(seconds=30)
    assert sorted(sent.receiver for sent in world.send_all()) == ["mail", "pager"]


def test_record_that_comes_again_changes_nothing():
    world = World()
    world.apply(first := alert())
    world.apply(second := development(first, "وصل الخبر إلى مصر"))
    world.tick(seconds=30)
    world.send_all()
    before = dict(world.written)
    world.apply(first)
    world.apply(second)
    assert world.written == before
    world.tick(hours=1)
    assert world.send_all() == []


def test_record_of_an_ended_alert_that_comes_again_is_known():
    world = World()
    world.apply(first := alert())
    world.apply(resolved(first))
    world.crash()
    world.apply(first)
    world.tick(hours=1)
    assert world.send_all() == []
    world.tick(days=8)
    assert world.written == {}


def test_try_that_was_in_the_air_at_a_crash_is_made_again_and_marked():
    world = World()
    world.apply(alert())
    world.tick(seconds=30)
    first = world.begin("mail")
    world.crash()
    (again,) = world.send_all()
    assert (again.id, again.maybe_repeated) == (first.id, True)
    assert [(one.attempt, one.maybe_repeated) for one in world.deliveries] == [(2, True)]


def test_alert_that_ends_after_a_crash_in_mid_air_is_told_resolved_since_it_may_have_arrived():
    world = World()
    world.apply(first := alert())
    world.tick(seconds=30)
    world.begin("mail")
    world.crash()
    world.apply(resolved(first))
    world.tick(minutes=10)
    assert reasons(world.send_all() + world.send_all()) == ["resolved"]


def test_what_waited_for_a_receiver_that_is_gone_goes_to_the_default():
    world = World()
    world.apply(alert(to=("pager",)))
    world.tick(seconds=30)
    world.begin("pager")
    world.finish("pager", RETRY)
    world.receivers = Receivers({"mail": MAIL}, ("mail",))
    world.crash()
    world.tick(minutes=1)
    assert [(sent.receiver, sent.reason) for sent in world.send_all()] == [("mail", "new")]
    assert not [key for key in world.written if "pager" in key]


def test_silence_that_begins_while_a_notification_waits_holds_it_back_until_it_ends():
    world = World()
    world.apply(alert())
    world.tick(seconds=30)
    world.begin("mail")
    world.finish("mail", RETRY)
    world.silences.put(
        Silence(
            id="s", starts_at=NOON, ends_at=after(hours=2), by="Лев", why="учения", watch_topic="moscow-attack"
        )
    )
    world.tick(hours=1)
    assert world.send_all() == []
    world.tick(hours=1)
    assert reasons(world.send_all()) == ["new"]


def test_alertmanager_is_refreshed_until_the_alert_ends_and_then_told_so():
    world = World()
    world.apply(first := alert(to=("metrics",)))
    world.tick(seconds=30)
    tried = world.send_all()
    for _ in range(6):
        world.tick(minutes=5)
        tried += world.send_all()
    world.apply(resolved(first))
    for _ in range(6):
        world.tick(minutes=5)
        tried += world.send_all()
    assert reasons(tried) == ["new", *["refresh"] * 6, "resolved"]


def test_rejected_notification_is_final_and_the_alert_is_tried_again_with_the_next_repeat():
    world = World()
    world.apply(alert())
    world.tick(seconds=30)
    world.send_all(REJECTED)
    world.tick(hours=3)
    assert world.send_all() == []
    world.tick(hours=1)
    assert reasons(world.send_all()) == ["repeat"]


class Sequences(RuleBasedStateMachine):
    """Any sequence of records, times, outcomes, silences and crashes."""

    texts = 0

    def __init__(self):
        super().__init__()
        self.world = World(LIMITED)
        self.alerts: dict[str, Alert] = {}
        self.seen: list[Alert] = []
        self.maybe_told: set[tuple[str, str]] = set()
        self.sent_at: dict[str, list] = {name: [] for name in NAMES}
        self.begun_at = {}
        self.was_rejected = False
        self.wanted_texts: dict[str, list[str]] = {}
        self.balance = 0

    @initialize(to=st.lists(st.sampled_from([*NAMES, "nobody"]), unique=True, max_size=3))
    def choose(self, to):
        self.to = tuple(to)

    @rule(number=st.integers(0, 4), digest=st.sampled_from([None, None, 900]), watch_topic=st.sampled_from("ab"))
    def raise_alert(self, number, digest, watch_topic):
        name = f"a{number}"
        if name not in self.alerts:
            settings_ = {"digest": digest, "repeat_interval": 3600}
            self.put(alert(name, to=self.to, watch_topic=watch_topic, **settings_))

    @precondition(lambda self: self.alerts)
    @rule(data=st.data(), what=st.sampled_from(["copy", "development", "acknowledge", "escalate", "resolve"]))
    def change(self, data, what):
        before = self.alerts[data.draw(st.sampled_from(sorted(self.alerts)))]
        if before.status == "resolved" or (what == "escalate" and before.status == "acknowledged"):
            return
        if what == "copy":
            self.put(then(before, article_count=before.article_count + 1))
        elif what == "development":
            self.texts += 1
            self.wanted_texts.setdefault(before.id, []).append(f"событие {self.texts}")
            self.put(development(before, f"событие {self.texts}"))
        elif what == "escalate":
            self.put(escalated(before, data.draw(st.sampled_from(NAMES))))
        else:
            self.put(acknowledged(before) if what == "acknowledge" else resolved(before))

    def put(self, state: Alert) -> None:
        if state.status == "acknowledged":
            self.wanted_texts.pop(state.id, None)
        self.alerts[state.id] = state
        self.seen.append(state)
        self.world.apply(state)

    @precondition(lambda self: self.seen)
    @rule(data=st.data())
    def see_an_old_record_again(self, data):
        self.world.apply(data.draw(st.sampled_from(self.seen)))

    @rule(seconds=st.sampled_from([1, 10, 30, 60, 300, 900, 3600, 90_000]))
    def time_passes(self, seconds):
        self.world.tick(seconds=seconds)

    @rule(name=st.sampled_from(NAMES))
    def begin(self, name):
        if name in self.world.in_air:
            return
        notification = self.world.begin(name)
        if notification is None:
            return
        for one in (*notification.alerts, *notification.others):
            now = self.alerts[one.id]
            assert (one.status, one.revision) == (now.status, now.revision)
            if now.status == "resolved":
                assert (name, one.id) in self.maybe_told
            if notification.reason in ("repeat", "escalation") and len(notification.alerts) == 1:
                assert now.status in ("firing", "escalated")
        self.begun_at[name] = self.world.now

    @rule(name=st.sampled_from(NAMES), outcome=st.sampled_from([DELIVERED, DELIVERED, RETRY, REJECTED]))
    def finish(self, name, outcome):
        notification = self.world.in_air.get(name)
        if notification is None:
            return
        if outcome is not RETRY:
            self.balance += notification.joined
        self.was_rejected |= outcome is REJECTED
        if outcome is DELIVERED:
            self.arrived(name, notification)
        self.world.finish(name, outcome)

    @rule(name=st.sampled_from(NAMES), outcome=st.sampled_from([DELIVERED, RETRY, RETRY, REJECTED]))
    def try_once(self, name, outcome):
        self.time_passes(30)
        self.begin(name)
        self.finish(name, outcome)

    def arrived(self, name, notification):
        self.maybe_told |= {(name, one.id) for one in (*notification.alerts, *notification.others)}
        self.sent_at[name].append(self.begun_at[name])

    @rule(seconds=st.sampled_from([600, 5000]), watch_topic=st.sampled_from("ab"), number=st.integers(0, 2))
    def silence(self, seconds, watch_topic, number):
        now = self.world.now
        self.world.silences.put(
            Silence(
                id=f"s{number}", starts_at=now, ends_at=now + timedelta(seconds=seconds), by="Лев", why="учения",
                watch_topic=watch_topic,
            )
        )  # fmt: skip

    @rule(arrives=st.booleans())
    def crash(self, arrives):
        for name, notification in self.world.in_air.items():
            # It may have arrived: who is told of the end then need not be told of the alert.
            self.maybe_told |= {(name, one.id) for one in (*notification.alerts, *notification.others)}
            if arrives:
                self.sent_at[name].append(self.begun_at[name])
                self.world.got.append((name, notification))
        self.world.crash()
        self.balance = -sum(item.joined for name in NAMES for item in self.world.desk._lanes[name].items)

    @precondition(lambda self: self.alerts)
    @rule(data=st.data(), part=st.floats(0, 1), seconds=st.sampled_from([0, 30, 300]))
    def crash_in_the_middle_of_writing(self, data, part, seconds):
        """What was being taken in is not acked, so it comes again; time passes on its own."""
        before = self.alerts[data.draw(st.sampled_from(sorted(self.alerts)))]
        state = before if before.status == "resolved" else development(before, "половина записана")
        self.alerts[state.id] = state
        self.seen.append(state)
        self.world.desk.apply(state, self.world.now)
        self.world.now += timedelta(seconds=seconds)
        self.world.desk.tick(self.world.now)
        self.world.write(part)
        self.crash(arrives=False)
        self.world.apply(state)
        self.balance = self.world.desk.made - sum(
            item.joined for name in NAMES for item in self.world.desk._lanes[name].items
        )

    @invariant()
    def joined_adds_up(self):
        desk = self.world.desk
        waiting = sum(item.joined for name in NAMES for item in desk._lanes[name].items)
        assert desk.made - desk.withdrawn == waiting + self.balance

    @invariant()
    def rate_limit_holds(self):
        times = sorted(self.sent_at["pager"])
        for first, beyond in zip(times, times[LIMIT.messages :], strict=False):
            assert beyond - first >= timedelta(seconds=LIMIT.per_seconds)

    def teardown(self):
        for name, notification in list(self.world.in_air.items()):
            self.arrived(name, notification)
            self.world.finish(name, DELIVERED)
        for _ in range(40):
            self.world.tick(minutes=20)
            self.world.send_all()
        told = Counter((name, one.id) for name, sent in self.world.got for one in (*sent.alerts, *sent.others))
        texts = {
            (name, one.id, news.text) for name, sent in self.world.got for one in sent.alerts for news in one.news
        }
        own = [name for name in self.to if name in NAMES] if self.to else []
        if len(own) < len(self.to) or not self.to:
            own = [*own, "mail"]
        for one in self.alerts.values():
            if one.status not in ("firing", "escalated"):
                continue
            for name in own:
                assert told[name, one.id], f"{name} was never told of {one.id}"
                if not self.was_rejected and len(self.wanted_texts.get(one.id, ())) < 8:
                    for text in self.wanted_texts.get(one.id, ()):
                        assert (name, one.id, text) in texts
        assert all(self.world.desk.waiting(name) == 0 for name in NAMES)


TestSequences = Sequences.TestCase
TestSequences.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
