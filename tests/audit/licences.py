"""The licence of every installed package, held against those that are accepted."""

from collections.abc import Iterable
from importlib.metadata import Distribution

from license_expression import ExpressionError, get_spdx_licensing
from packaging.utils import canonicalize_name

from tests.audit.check import Check, Policy

_SPDX = get_spdx_licensing()
_LONGEST_NAME = 60


def licence(distribution: Distribution, policy: Policy) -> str | None:
    """Return a package's licence as an SPDX expression; None where it names none that is known.

    The SPDX expression of its metadata wins; then the short text of its licence field; then its classifiers. Where
    classifiers name several licences all of them count.
    """
    if expression := told(distribution, "License-Expression"):
        return expression
    text = " ".join((told(distribution, "License") or "").split())
    if text and len(text) <= _LONGEST_NAME and (known := _known(text, policy)):
        return known
    classifiers = [
        one.split(" :: ")[-1]
        for one in distribution.metadata.get_all("Classifier", [])
        if one.startswith("License ::")
    ]
    named = [known for one in classifiers if (known := _known(one, policy))]
    return " AND ".join(dict.fromkeys(named)) or None


def told(distribution: Distribution, name: str) -> str | None:
    """Return one field of a package's metadata."""
    found = distribution.metadata.get_all(name)
    return str(found[0]) if found else None


def _known(text: str, policy: Policy) -> str | None:
    if text.lower() in policy.named:
        return policy.named[text.lower()]
    return text if text in policy.licences else None


def is_accepted(expression: str, policy: Policy) -> bool:
    """Say whether an SPDX expression can be met with accepted licences alone."""
    try:
        parsed = _SPDX.parse(expression, validate=True)
    except ExpressionError:
        return False
    return _is_met(parsed, policy.licences)


def _is_met(node: object, accepted: frozenset[str]) -> bool:
    if isinstance(node, _SPDX.OR):
        return any(_is_met(one, accepted) for one in node.args)
    if isinstance(node, _SPDX.AND):
        return all(_is_met(one, accepted) for one in node.args)
    return str(node) in accepted


def licences(distributions: Iterable[Distribution], policy: Policy) -> Check:
    """Look at the licence of every installed package."""
    found, needed, count = [], [], 0
    for one in distributions:
        count += 1
        name, expression = str(canonicalize_name(one.name)), licence(one, policy)
        if expression is not None and is_accepted(expression, policy):
            continue
        if name in policy.accepted["licence"]:
            needed.append(name)
        else:
            found.append(f"{name} {one.version}: {expression or 'no licence that is known'}")
    found += policy.stale("licence", needed)
    return Check("licences", f"{count} installed packages, {len(policy.licences)} licences accepted", found)
