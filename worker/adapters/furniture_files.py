"""The rules about page furniture, read from the data file that ships with the package."""

import tomllib
from functools import cache
from importlib.resources import files

from worker.domain.furniture import FurnitureRules, furniture_rules


@cache
def load_furniture_rules() -> FurnitureRules:
    """Return the rules of `worker/data/furniture.toml`, read once a process.

    Raises:
        ValueError: The file is not TOML, or has a key or a value that no rule knows.
    """
    text = files("worker").joinpath("data", "furniture.toml").read_text(encoding="utf-8")
    return furniture_rules(tomllib.loads(text))
