"""Licences are read from what packages say of themselves; the bill of materials is valid and always the same."""

import json
from email.message import Message
from importlib.metadata import distributions
from types import SimpleNamespace

import pytest
from packaging.utils import canonicalize_name

from tests.audit.check import load_policy
from tests.audit.locks import pins_of

cyclonedx = pytest.importorskip("cyclonedx", reason="a tool of the audit: `make audit` installs it")

from cyclonedx.schema import SchemaVersion  # noqa: E402
from cyclonedx.validation.json import JsonStrictValidator  # noqa: E402

from tests.audit.licences import is_accepted, licence, licences  # noqa: E402
from tests.audit.sbom import bill_of_materials, written_to  # noqa: E402

POLICY = load_policy()


def package(name: str = "left-pad", **fields: str | list[str]) -> SimpleNamespace:
    metadata = Message()
    for field, values in fields.items():
        for value in [values] if isinstance(values, str) else values:
            metadata[field.replace("_", "-")] = value
    return SimpleNamespace(name=name, version="1.0", metadata=metadata)


@pytest.mark.parametrize(
    ("fields", "expression"),
    [
        ({"License_Expression": "MIT OR GPL-2.0-only", "License": "BSD"}, "MIT OR GPL-2.0-only"),
        ({"License": "Apache 2.0"}, "Apache-2.0"),
        ({"License": 80 * "x", "Classifier": "License :: OSI Approved :: BSD License"}, "BSD-3-Clause"),
        ({"Classifier": ["License :: DFSG approved", "License :: OSI Approved :: MIT License"]}, "MIT"),
        ({"License": "Do What You Like"}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_the_licence_is_what_the_package_says_of_itself(fields, expression):
    assert licence(package(**fields), POLICY) == expression


@pytest.mark.parametrize(
    ("expression", "is_ok"),
    [
        ("MIT", True),
        ("MIT AND BSD-3-Clause", True),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-only", False),
        ("MIT OR GPL-3.0-only", True),
        ("(MIT OR GPL-3.0-only) AND AGPL-3.0-only", False),
        ("no licence at all", False),
    ],
)
def test_an_expression_is_accepted_when_accepted_licences_alone_can_meet_it(expression, is_ok):
    assert is_accepted(expression, POLICY) is is_ok


def test_a_licence_that_is_not_accepted_and_one_that_is_missing_are_found():
    there = [package(License_Expression="GPL-3.0-only"), package("silent"), package("fine", License="MIT")]
    found = licences(there, POLICY).found
    assert found[:2] == ["left-pad 1.0: GPL-3.0-only", "silent 1.0: no licence that is known"]
    assert not any("fine" in one for one in found)


def test_the_licences_of_all_that_is_pinned_and_installed_are_accepted():
    pinned = [one for one in distributions() if canonicalize_name(one.name) in pins_of("audit")]
    found = licences(pinned, POLICY).found
    assert [one for one in found if not one.startswith("policy.toml")] == []  # others may be installed elsewhere


def test_the_bill_of_materials_is_valid_and_has_the_packages_of_the_image_and_no_others(tmp_path):
    pins = pins_of("runtime")
    text = bill_of_materials(distributions(), pins, POLICY)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill = json.loads(text)
    named = {one["name"]: one for one in bill["components"]}
    assert named.keys() <= pins.keys()
    assert {"faust-streaming", "trafilatura", "lxml"} <= named.keys()
    assert not {"pytest", "noida-db", "bandit"} & named.keys()
    hashes = {one["hashes"][0]["content"] for one in named["lxml"]["externalReferences"]}
    assert hashes == set(pins["lxml"].hashes)
    needs = {one["ref"]: one.get("dependsOn", []) for one in bill["dependencies"]}
    assert f"trafilatura=={pins['trafilatura'].version}" in needs[bill["metadata"]["component"]["bom-ref"]]
    assert f"courlan=={pins['courlan'].version}" in needs[f"trafilatura=={pins['trafilatura'].version}"]
    assert str(len(named)) in written_to(tmp_path / "new" / "sbom.json", text, pins).looked_at


def test_the_bill_of_materials_is_the_same_whatever_the_order_of_the_packages():
    pins, packages = pins_of("runtime"), list(distributions())
    backwards = dict(reversed(pins.items()))
    assert bill_of_materials(packages, pins, POLICY) == bill_of_materials(packages[::-1], backwards, POLICY)
