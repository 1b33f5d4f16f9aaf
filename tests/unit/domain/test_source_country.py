"""From which country a source writes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain.source_country import source_country


@pytest.mark.parametrize(
    ("url", "country"),
    [
        ("https://www.bbc.co.uk/news/world-europe-68646380", "GB"),
        ("https://ria.ru/20240322/krokus-1935034000.html", "RU"),
        ("https://www.spiegel.de/ausland/x", "DE"),
        ("https://www.ahram.org.eg/News/1.aspx", "EG"),
        ("https://www.pravda.com.ua/news/2024/03/22/", "UA"),
        ("https://archive.su/1999", "RU"),
        ("https://xn--80aesfpebagmfblc0a.xn--p1ai/", "RU"),
        ("https://объясняем.рф/articles/", "RU"),
        ("https://xn--4gbrim.xn--mgbaam7a8h/", "AE"),
    ],
)
def test_a_countrys_own_domain_tells_the_country(url: str, country: str) -> None:
    assert source_country(None, url) == country


@pytest.mark.parametrize(
    ("url", "country"),
    [
        ("https://www.aljazeera.net/news/2024/3/22/x", "QA"),
        ("https://arabic.cnn.com/world/article", "US"),
        ("https://arabic.rt.com/russia/1548", "RU"),
        ("https://www.skynewsarabia.com/world/170", "AE"),
        ("https://meduza.io/news/2024/03/22/x", "LV"),
        ("https://www.france24.com/ar/", "FR"),
    ],
)
def test_a_known_newsroom_tells_it_on_a_generic_domain(url: str, country: str) -> None:
    assert source_country(None, url) == country


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "https://example.com/a",
        "https://news.example.org",
        "https://startup.io/x",
        "https://channel.tv/x",
        "https://links.me",
        "https://notbbc.com/x",
        "https://europa.eu/x",
        "https://192.0.2.7/a",
        "https://[2001:db8::1]/a",
        "http://",
        "not an address",
        "https://localhost/a",
    ],
)
def test_no_country_is_made_up(url: str | None) -> None:
    assert source_country(None, url) is None


def test_the_source_goes_before_the_address() -> None:
    assert source_country("Reuters", "https://www.example.fr/depeche") == "GB"
    assert source_country("тасс", None) == "RU"
    assert source_country("سكاي نيوز عربية", None) == "AE"
    assert source_country("www.lemonde.fr", "https://example.com") == "FR"


def test_an_unknown_source_leaves_it_to_the_address() -> None:
    assert source_country("Neue Post", "https://www.example.de/a") == "DE"
    assert source_country("example.com", "https://www.example.de/a") == "DE"
    assert source_country("Neue Post", "https://example.com/a") is None
    assert source_country("غير معروف", None) is None


@given(st.text(max_size=40), st.one_of(st.text(max_size=60), st.text(max_size=40).map("https://{}/a".format)))
def test_whatever_stands_there_gives_two_letters_or_none(source: str, url: str) -> None:
    country = source_country(source, url)
    assert country is None or (len(country) == 2 and country.isascii() and country.isupper())
