"""The rules that ship with the package."""

import tomllib
from importlib.resources import files

from worker.adapters.furniture_files import load_furniture_rules
from worker.domain.furniture import key

DATA = tomllib.loads(files("worker").joinpath("data", "furniture.toml").read_text(encoding="utf-8"))


def test_the_rules_are_read_once() -> None:
    assert load_furniture_rules() is load_furniture_rules()


def test_every_phrase_of_the_file_is_in_the_rules() -> None:
    rules = load_furniture_rules()
    for language in DATA.values():
        for name, phrases in language.items():
            assert {key(phrase) for phrase in phrases} <= getattr(rules, name)


def test_each_of_the_main_languages_has_every_kind_of_rule() -> None:
    kinds = {"related", "advertisement", "source", "comments", "share_verbs", "newsletter", "credit_labels"}
    for language in ("ar", "en", "ru", "uk", "fa", "tr", "fr", "de", "es"):
        assert kinds <= DATA[language].keys(), language


def test_no_phrase_stands_twice_in_one_list() -> None:
    for language, rules in DATA.items():
        for name, phrases in rules.items():
            assert len(phrases) == len(set(phrases)), f"{language}.{name}"
