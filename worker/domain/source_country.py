"""From which country a source writes: told by its host, without asking anyone.

A new country among a story's sources is news: a report that has left its own country's press has been believed
elsewhere. So a wrong country is worse than none, and hosts that do not tell theirs have none.
"""

from urllib.parse import urlsplit

# ISO 3166 alpha-2 codes are the country-code domains, but for these.
_DOMAIN_OF_COUNTRY = {"uk": "GB", "su": "RU", "xn--p1ai": "RU", "рф": "RU"}
# Country codes that are sold to anyone for how they read: the ones that Google Search treats as generic (.su
# apart, which is Russia's), those that were given away for nothing (.cf .ga .gq .ml .tk), and other short words.
_SOLD_AS_WORDS = frozenset(
    {"ad", "ai", "as", "bz", "cc", "cd", "co", "dj", "fm", "io", "la", "me", "ms", "nu", "sc", "sr", "tv", "ws"}
    | {"cf", "ga", "gq", "ml", "tk"}
    | {"ac", "ag", "gg", "gl", "gs", "lc", "pw", "sh", "st", "to", "vc", "vg", "vu"}
)
# Not countries at all.
_NO_COUNTRY = frozenset({"eu", "ap"})
# The internationalised domains of Arab countries, by which their own institutions write.
_WRITTEN_OUT = {
    "xn--mgberp4a5d4ar": "SA",
    "xn--mgbaam7a8h": "AE",
    "xn--wgbh1c": "EG",
    "xn--wgbl6a": "QA",
    "xn--mgbayh7gpa": "JO",
    "xn--mgbc0a9azcg": "MA",
    "xn--pgbs0dh": "TN",
    "xn--lgbbat1ad8j": "DZ",
    "xn--mgbtx2b": "IQ",
    "xn--mgb9awbf": "OM",
    "xn--ygbi2ammx": "PS",
    "xn--mgbpl2fh": "SD",
    "xn--ogbpf8fl": "SY",
    "xn--j1amh": "UA",
    "xn--90ais": "BY",
    "xn--80ao21a": "KZ",
}
# Where known newsrooms on domains of no country, or of another one, have their seat.
_NEWSROOMS = {
    "aawsat.com": "GB",
    "abcnews.go.com": "US",
    "afp.com": "FR",
    "akhbarelyom.com": "EG",
    "al-monitor.com": "US",
    "alaraby.com": "GB",
    "alarabiya.net": "SA",
    "alhurra.com": "US",
    "aljazeera.com": "QA",
    "aljazeera.net": "QA",
    "almasryalyoum.com": "EG",
    "almayadeen.net": "LB",
    "alquds.com": "PS",
    "alsharq.com": "SA",
    "annahar.com": "LB",
    "apnews.com": "US",
    "arabnews.com": "SA",
    "bbc.com": "GB",
    "bloomberg.com": "US",
    "cbsnews.com": "US",
    "cnn.com": "US",
    "dw.com": "DE",
    "economist.com": "GB",
    "elpais.com": "ES",
    "enabbaladi.net": "SY",
    "euronews.com": "FR",
    "foxnews.com": "US",
    "france24.com": "FR",
    "ft.com": "GB",
    "gulfnews.com": "AE",
    "haaretz.com": "IL",
    "hespress.com": "MA",
    "interfax.com": "RU",
    "jpost.com": "IL",
    "khaberni.com": "JO",
    "kyivindependent.com": "UA",
    "mc-doualiya.com": "FR",
    "meduza.io": "LV",
    "mehrnews.com": "IR",
    "middleeasteye.net": "GB",
    "nbcnews.com": "US",
    "novayagazeta.eu": "LV",
    "nytimes.com": "US",
    "reuters.com": "GB",
    "rferl.org": "US",
    "rt.com": "RU",
    "rudaw.net": "IQ",
    "scmp.com": "HK",
    "shafaq.com": "IQ",
    "sky.com": "GB",
    "skynewsarabia.com": "AE",
    "sputnikarabic.ae": "RU",
    "sputnikglobe.com": "RU",
    "svoboda.org": "US",
    "tasnimnews.com": "IR",
    "tass.com": "RU",
    "theguardian.com": "GB",
    "themoscowtimes.com": "NL",
    "thenationalnews.com": "AE",
    "timesofisrael.com": "IL",
    "trtarabi.com": "TR",
    "trtworld.com": "TR",
    "tvrain.tv": "NL",
    "voanews.com": "US",
    "washingtonpost.com": "US",
    "wsj.com": "US",
    "xinhuanet.com": "CN",
    "youm7.com": "EG",
}
# The same newsrooms by the names that producers write as the source, in small letters.
_NAMES = {
    "afp": "FR",
    "al arabiya": "SA",
    "al jazeera": "QA",
    "ap": "US",
    "associated press": "US",
    "bbc": "GB",
    "bbc arabic": "GB",
    "bbc news": "GB",
    "cnn": "US",
    "deutsche welle": "DE",
    "dw": "DE",
    "france 24": "FR",
    "interfax": "RU",
    "irna": "IR",
    "reuters": "GB",
    "ria novosti": "RU",
    "rt": "RU",
    "rt arabic": "RU",
    "sky news arabia": "AE",
    "tass": "RU",
    "the associated press": "US",
    "the guardian": "GB",
    "the new york times": "US",
    "интерфакс": "RU",
    "риа новости": "RU",
    "рбк": "RU",
    "тасс": "RU",
    "الجزيرة": "QA",
    "الجزيرة نت": "QA",
    "الشرق الأوسط": "GB",
    "العربية": "SA",
    "بي بي سي": "GB",
    "رويترز": "GB",
    "سكاي نيوز عربية": "AE",
    "فرانس 24": "FR",
    "فرانس برس": "FR",
    "روسيا اليوم": "RU",
    "اليوم السابع": "EG",
}


def source_country(source: str | None, url: str | None) -> str | None:
    """Return the country of a source as ISO 3166 alpha-2 in capitals, None when it cannot be told.

    Args:
        source: What the producer calls the source: a host, an address or the name of a newsroom.
        url: The article's own address.

    The source goes before the address, and a known newsroom's host (also arabic.cnn.com) before its domain.
    """
    named = _NAMES.get(" ".join(source.casefold().split())) if source else None
    return named or _country_of_host(_host(source)) or _country_of_host(_host(url))


def _host(address: str | None) -> str | None:
    """Return the host of an address or of a bare host, None for what is neither."""
    if not address or " " in address.strip():
        return None
    bare = address.strip()
    try:
        host = urlsplit(bare if "://" in bare else f"https://{bare}").hostname
    except ValueError:  # brackets that hold no IPv6 address
        return None
    return host.rstrip(".") if host else None


def _country_of_host(host: str | None) -> str | None:
    if not host:
        return None
    labels = host.split(".")
    for start in range(len(labels) - 1):
        newsroom = _NEWSROOMS.get(".".join(labels[start:]))
        if newsroom:
            return newsroom
    last = labels[-1]
    if last in _DOMAIN_OF_COUNTRY or last in _WRITTEN_OUT:
        return _DOMAIN_OF_COUNTRY.get(last) or _WRITTEN_OUT[last]
    is_country = len(last) == 2 and last.isascii() and last.isalpha()
    return last.upper() if is_country and last not in _SOLD_AS_WORDS | _NO_COUNTRY else None
