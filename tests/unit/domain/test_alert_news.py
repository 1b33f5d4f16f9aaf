"""Who is to hear what of a new state of an alert."""

from tests.unit.domain.alert_maker import (
    NOON,
    RECEIVERS,
    acknowledged,
    alert,
    development,
    escalated,
    resolved,
    then,
)
from worker.domain.alert import MatchedArticle, News
from worker.domain.alert_news import escalations, forget_untold, still_to_tell, take_alert
from worker.domain.alert_settings import Escalation
from worker.domain.article import Language
from worker.domain.delivery_state import NEWS_KEPT, KeptAlert, Part


def kept_after(*states, own=("mail",), told=()) -> KeptAlert:
    """Return what is remembered after states of an alert; those in `told` are told of all at once."""
    kept = KeptAlert(states[0].id, 0)
    for state in states:
        take_alert(kept, state, own, RECEIVERS.by_name)
        for name in told:
            if state.status not in ("acknowledged", "resolved"):
                kept.marks[name].news, kept.marks[name].told_revision = [], state.revision
    return kept


def news_of(kept, name="mail"):
    return [(news.kind, news.text) for news in kept.marks[name].news]


def test_alert_seen_for_the_first_time_is_news_even_when_its_record_says_nothing():
    assert news_of(kept_after(alert(revision=7, news=[]))) == [("raised", "")]


def test_copy_is_no_news():
    first = alert()
    assert news_of(kept_after(first, then(first, article_count=2), told=["mail"])) == []


def test_what_is_kept_of_an_alert_is_bounded_whatever_the_length_of_its_story():
    articles = [
        MatchedArticle(id=f"m{number}", headline="هجوم موسكو", language=Language("ar", 1.0), received_at=NOON)
        for number in range(100)
    ]
    sources = [f"s{number}.ru" for number in range(1_000)]
    kept = kept_after(alert(articles=articles, sources=sources, title="Взрыв " * 1_000)).alert
    assert (len(kept.articles), len(kept.sources), len(kept.title)) == (10, 100, 500)


def test_news_that_wait_are_bounded_and_the_first_of_them_stays():
    states = [alert()]
    for number in range(40):
        states.append(development(states[-1], f"событие {number}"))
    waiting = news_of(kept_after(*states))
    assert len(waiting) == NEWS_KEPT
    assert (waiting[0], waiting[-1]) == (("raised", ""), ("development", "событие 39"))


def test_acknowledgement_in_one_record_with_earlier_news_is_told_to_those_who_know():
    first = alert()
    both = then(
        first, News("development", "Взрыв в порту"), News("acknowledged", "Амина"), News("development", "второй"),
        status="acknowledged",
    )  # fmt: skip
    kept = kept_after(first, both, own=("mail", "pager"), told=["mail"])
    assert [text for _, text in news_of(kept)] == ["Взрыв в порту", "Амина", "второй"]
    forget_untold(kept, ())
    assert [text for _, text in news_of(kept, "pager")] == ["второй"]


def test_end_is_for_receivers_that_want_it():
    first = alert()
    kept = kept_after(first, resolved(first), own=("mail", "pager"), told=["mail", "pager"])
    assert (news_of(kept), news_of(kept, "pager")) == ([("resolved", "انتهى")], [])


def test_copy_that_joins_a_resolved_alert_is_silent():
    first = alert()
    second = resolved(first)
    kept = kept_after(first, second, told=["mail"])
    kept.marks["mail"].news = []
    take_alert(kept, then(second, article_count=5), ("mail",), RECEIVERS.by_name)
    assert news_of(kept) == []


def test_end_is_not_forgotten_while_it_is_open_whether_the_alert_arrives():
    first = alert()
    kept = kept_after(first, resolved(first))
    assert not forget_untold(kept, {"mail"})
    assert forget_untold(kept, ())
    assert news_of(kept) == []


def test_escalation_goes_to_those_whom_the_news_name():
    assert list(escalations(escalated(alert(), "pager"), 0)) == ["pager"]


def test_answered_alert_is_not_escalated():
    late = escalated(alert(), "pager")
    for settle in (acknowledged, resolved):
        both = then(settle(late), *late.news, News("acknowledged"))
        assert escalations(both, 0) == {}


def test_steps_that_no_record_told_of_are_made_up_for_once():
    steps = (Escalation(60, "pager"), Escalation(120, "metrics"), Escalation(180, "mail"))
    late = alert(escalate=steps, status="escalated", escalation_step=2, news=[])
    assert list(escalations(late, 0)) == ["pager", "metrics"]
    assert list(escalations(late, 1)) == ["metrics"]
    assert escalations(late, 2) == {}


def test_what_was_queued_before_an_end_is_out_of_date_and_the_end_itself_is_not():
    first = alert()
    kept = kept_after(first, resolved(first), told=["mail"])
    mark = kept.marks["mail"]
    assert still_to_tell(kept, Part("new", 1, [News("raised")]), mark) is None
    end = Part("resolved", 2, [News("resolved")])
    assert still_to_tell(kept, end, mark) is end


def test_of_what_was_queued_before_an_acknowledgement_developments_are_left_for_those_who_know():
    first = alert()
    kept = kept_after(first, acknowledged(first), told=["mail"])
    part = Part("update", 1, [News("escalated"), News("development", "Взрыв в порту")])
    left = still_to_tell(kept, part, kept.marks["mail"])
    assert (left.kind, [news.text for news in left.news]) == ("update", ["Взрыв в порту"])
    kept.marks["mail"].told_revision = 0
    assert still_to_tell(kept, part, kept.marks["mail"]) is None
