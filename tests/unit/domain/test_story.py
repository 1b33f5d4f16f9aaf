"""Which reports are one story."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.domain.story import FOLLOW_UP_WITHIN, SIGNATURES_KEPT, Relation, StoryIndex, likeness, relation
from worker.domain.story_signature import StorySignature, story_signature

START = datetime(2024, 3, 22, 18, tzinfo=UTC)
NOW = timedelta(0)
BASE = (
    "Дамба на реке Урал в Орске прорвалась вечером в пятницу, под воду ушли около 2,5 тысячи домов в Старом "
    "городе, сообщил мэр Василий Козупица. Эвакуированы более 4 тысяч человек, в пунктах размещения "
    "ночуют почти 800 "
    "жителей. Губернатор Оренбургской области Денис Паслер попросил ввести режим федерального уровня. Орский "
    "нефтеперерабатывающий завод остановил работу, спасатели едут из Башкирии и Челябинска."
)
FOLLOW_UP = (
    "Жители Орска, чьи дома ушли под воду после прорыва дамбы на Урале, пришли в понедельник к зданию "
    "администрации Старого города и потребовали встречи с губернатором Денисом Паслером. Он обещал "
    "пересчитать выплаты. Мэр "
    "Василий Козупица сообщил, что уровень реки за сутки упал на 22 сантиметра, нефтеперерабатывающий завод "
    "откроют через неделю, Оренбург готовится к эвакуации."
)
OTHER = (
    "Магнитогорский «Металлург» в четвёртом матче финала победил ярославский «Локомотив» со счётом 3:1 и в третий "
    "раз выиграл Кубок Гагарина. Шайбы забросили Никита Михайлис, Данила Юров и Алексей Маклюков, лучшим игроком "
    "плей-офф признан вратарь Илья Набоков."
)


def _signature(text: str, title: str | None = "Прорыв дамбы в Орске") -> StorySignature:
    return story_signature(title, text)


def test_the_same_words_are_a_copy_however_far_apart() -> None:
    assert (
        relation(_signature(BASE), _signature(BASE.upper(), "Другой заголовок"), timedelta(days=4_000)) == "copy"
    )


@pytest.mark.parametrize(
    "text",
    [
        f"ОРЕНБУРГ, 5 апр — РИА Новости. {BASE} Подписывайтесь на наш канал.",
        BASE[: BASE.index("Орский")],
        BASE[BASE.index("Эвакуированы") :],
        BASE.replace("прорвалась", "не выдержала").replace("сообщил", "рассказал").replace("почти", "около"),
        f"{BASE} {OTHER}",
    ],
    ids=["agency lines", "end cut off", "begins later", "synonyms", "with another piece below"],
)
def test_a_report_that_was_worked_over_lightly_is_a_copy(text: str) -> None:
    assert relation(_signature(BASE), _signature(text), timedelta(hours=9)) == "copy"


def test_another_report_of_the_event_is_a_follow_up_for_some_days_before_and_after() -> None:
    one, other = _signature(BASE), _signature(FOLLOW_UP, "Жители Орска требуют выплат после прорыва дамбы")
    assert relation(one, other, FOLLOW_UP_WITHIN) == "follow_up"
    assert relation(one, other, -FOLLOW_UP_WITHIN) == "follow_up"
    assert relation(one, other, FOLLOW_UP_WITHIN + timedelta(seconds=1)) is None


def test_another_event_is_not_related() -> None:
    assert relation(_signature(BASE), _signature(OTHER, "Кубок Гагарина у «Металлурга»"), NOW) is None


def test_reports_of_one_event_in_two_languages_are_not_joined() -> None:
    english = (
        "A dam on the Ural river in Orsk gave way on Friday evening and flooded 2,500 houses in the Old Town, "
        "mayor Vasily Kozupitsa said. More than 4,000 people were evacuated. Almost 800 are spending the night in "
        "shelters, while governor Denis Pasler asked for help from Moscow."
    )
    assert relation(_signature(BASE), story_signature("Dam bursts in Orsk", english), NOW) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("US embassy in Kampala warns of attack on churches", "US embassy in Baghdad warns of attack on churches"),
        ("Беспилотники атаковали нефтезавод в Рязани", "Беспилотники атаковали нефтезавод в Волгограде"),
        ("هجوم بطائرات مسيرة على مصفاة نفط في سامارا", "هجوم بطائرات مسيرة على مصفاة نفط في روستوف"),
        ("السفارة الأميركية في موسكو تحذر من هجوم وشيك", "السفارة الأميركية في كابول تحذر من هجوم وشيك"),
    ],
)
def test_headlines_that_differ_in_the_place_are_not_related(one: str, other: str) -> None:
    assert relation(story_signature(one, ""), story_signature(other, ""), NOW) is None


@pytest.mark.parametrize(
    "text",
    [
        "Une attaque au couteau a fait trois morts vendredi soir dans le centre de la ville, a "
        "annoncé le ministre "
        "de l'Intérieur, qui a précisé que l'assaillant avait été interpellé peu après par les "
        "forces de l'ordre. Le "
        "parquet national antiterroriste s'est saisi de l'enquête.",
        "در پی دو انفجار در نزدیکی مزار قاسم سلیمانی در شهر کرمان دست کم هشتاد و چهار نفر کشته و صدها نفر زخمی "
        "شدند. وزیر کشور گفت که بیشتر قربانیان در انفجار دوم جان باختند و دولت یک روز عزای عمومی اعلام کرد.",
        "俄罗斯莫斯科近郊音乐厅星期五晚间发生枪击事件，造成至少六十人死亡，一百多人受伤。俄罗斯联邦安全局表示，"
        "已经在现场展开行动，医护人员正在救治伤者，总统下令调查。",
    ],
    ids=["French", "Persian", "Chinese"],
)
def test_in_other_languages_copies_are_found_as_well(text: str) -> None:
    half = text[: len(text) * 4 // 5]
    assert relation(story_signature(None, text), story_signature(None, half), NOW) == "copy"


def test_other_languages_have_no_follow_ups_by_their_common_words() -> None:
    one = (
        "Le président de la République a annoncé que les mesures prises par le "
        "gouvernement dans le cadre de la loi "
    )
    other = (
        "Le maire de la commune a indiqué que les travaux menés par la société dans le centre de la ville seront "
    )
    ends = (
        "seront présentées au Parlement avant la fin de l'année par la ministre.",
        "terminés avant l'été prochain.",
    )
    assert relation(story_signature(None, one + ends[0]), story_signature(None, other + ends[1]), NOW) is None


# --- the index -------------------------------------------------------------------------------------------------

_WORDS = ("орск", "дамб", "паслер", "урал", "козупиц", "керман", "крокус", "энгельс", "шесхарис", "лахайн")
_NAMES = tuple(f"{word}{number}" for word in _WORDS for number in range(4))


@st.composite
def _signatures(draw: st.DrawFn) -> StorySignature:
    """Draw signatures that are often near to one another, as those of one watch topic are."""
    first = draw(st.integers(0, 12))
    names = _NAMES[first : first + draw(st.sampled_from((1, 3, 5, 10, 18, 25)))]
    changed = draw(st.integers(0, 128))
    sketch = bytes(changed) + bytes(range(changed, 128))
    key = f"{draw(st.integers(0, 40))}" if draw(st.booleans()) else f"{first}-{len(names)}-{changed}"
    return StorySignature(
        same_words=key, sketch=sketch, names=names, title=names[:3], words=draw(st.sampled_from((9, 30, 90)))
    )


_entries = st.lists(
    st.tuples(st.sampled_from(("a", "b", "c", "d", "e")), _signatures(), st.integers(0, 120)), max_size=25
)


def _at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def _filled(entries: Sequence[tuple[str, StorySignature, int]]) -> StoryIndex:
    index = StoryIndex()
    for story, signature, hours in entries:
        index.add(story, signature, _at(hours))
    return index


def _by_comparing_all(
    entries: Sequence[tuple[str, StorySignature, int]], signature: StorySignature, hours: int
) -> tuple[str, Relation] | None:
    """Find what the index should, from the words of its docstring alone."""
    kept: list[tuple[str, StorySignature, int]] = []
    for story in {story for story, _, _ in entries}:
        earliest: dict[str, tuple[int, str, StorySignature]] = {}
        for other, member, at in entries:
            if other == story and at < earliest.get(member.same_words, (10**6,))[0]:
                earliest[member.same_words] = (at, member.same_words, member)
        ordered = sorted(earliest.values(), key=lambda found: found[:2])[:SIGNATURES_KEPT]
        kept += [(story, member, at) for at, _, member in ordered]
    found = []
    for story, member, at in kept:
        near = likeness(signature, member, timedelta(hours=hours - at))
        if near:
            found.append((near.relation == "follow_up", -near.similarity, at, story, near.relation))
    return (min(found)[3], min(found)[4]) if found else None


def _one_text_for_each_key(
    entries: Sequence[tuple[str, StorySignature, int]],
) -> list[tuple[str, StorySignature, int]]:
    """Equal words have equal signatures; what is drawn need not."""
    texts: dict[str, StorySignature] = {}
    return [(story, texts.setdefault(each.same_words, each), at) for story, each, at in entries]


@given(_signatures(), _signatures(), st.integers(-100, 100))
def test_a_relation_is_the_same_from_both_sides(one: StorySignature, other: StorySignature, hours: int) -> None:
    apart = timedelta(hours=hours)
    assert likeness(one, other, apart) == likeness(other, one, -apart)


@settings(max_examples=300)
@given(_entries, _signatures(), st.integers(0, 120))
def test_the_index_finds_what_comparing_with_every_report_finds(
    entries: list[tuple[str, StorySignature, int]], signature: StorySignature, hours: int
) -> None:
    *entries, (_, signature, _) = _one_text_for_each_key([*entries, ("", signature, 0)])
    assert _filled(entries).find(signature, _at(hours)) == _by_comparing_all(entries, signature, hours)


@given(_entries, st.randoms(use_true_random=False), _signatures(), st.integers(0, 120))
def test_the_order_of_adding_makes_no_difference(
    entries: list[tuple[str, StorySignature, int]], random: Random, signature: StorySignature, hours: int
) -> None:
    *entries, (_, signature, _) = _one_text_for_each_key([*entries, ("", signature, 0)])
    shuffled = list(entries)
    random.shuffle(shuffled)
    assert _filled(shuffled).find(signature, _at(hours)) == _filled(entries).find(signature, _at(hours))


@given(_entries, st.sampled_from(("a", "b", "c")), _signatures())
def test_a_removed_story_leaves_nothing_behind(
    entries: list[tuple[str, StorySignature, int]], story: str, signature: StorySignature
) -> None:
    *entries, (_, signature, _) = _one_text_for_each_key([*entries, ("", signature, 0)])
    index = _filled(entries)
    index.remove(story)
    without = _filled([entry for entry in entries if entry[0] != story])
    assert story not in index
    assert len(index) == len(without)
    assert index.find(signature, _at(9)) == without.find(signature, _at(9))


def test_an_empty_index_finds_nothing_and_forgets_what_it_does_not_know() -> None:
    index = StoryIndex()
    index.remove("unknown")
    assert index.find(_signature(BASE), START) is None
    assert len(index) == 0


def test_a_copy_is_found_before_a_follow_up() -> None:
    index = StoryIndex()
    index.add("follow-up", _signature(FOLLOW_UP, "Жители Орска требуют выплат после прорыва дамбы"), START)
    index.add("copy", _signature(f"{BASE} Новость дополняется."), START + timedelta(hours=3))
    assert index.find(_signature(BASE), START) == ("copy", "copy")


def test_among_equals_the_earliest_is_found_then_the_first_by_name() -> None:
    index = StoryIndex()
    index.add("b", _signature(BASE), START)
    index.add("a", _signature(BASE), START + timedelta(minutes=1))
    assert index.find(_signature(BASE), START) == ("b", "copy")
    index.add("a", _signature(BASE), START)
    assert index.find(_signature(BASE), START) == ("a", "copy")


def test_ten_thousand_copies_do_not_make_it_grow() -> None:
    index = StoryIndex()
    for number in range(10_000):
        signature = _signature(BASE, f"Заголовок {number}")
        found = index.find(signature, START)
        assert found is None or found == ("s", "copy")
        index.add("s", signature, START + timedelta(milliseconds=number))
    assert (len(index), len(index._members)) == (1, 1)


def test_a_story_that_never_ends_is_known_by_its_first_reports() -> None:
    index = StoryIndex()
    texts = [BASE.replace("Орск", f"Город{number}к") for number in range(50)]
    for number, text in enumerate(texts):
        index.add("s", _signature(text), START + timedelta(hours=number))
    assert len(index._members) == SIGNATURES_KEPT
    assert index.find(_signature(texts[0]), START) == ("s", "copy")
