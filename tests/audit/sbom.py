"""The bill of materials of the worker, CycloneDX JSON: the same bytes for the same locks and packages.

Its components are the packages of requirements/runtime.txt, which are what the image gets: with the hashes of the
lock, the licence that each names, and who needs whom. No time and no serial number stand in it.
"""

import json
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.bom_ref import BomRef
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import LicenseAcknowledgement
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.audit.check import ROOT, Check, Policy
from tests.audit.licences import licence, told
from tests.audit.locks import Pin

OURS = "rasid"


def bill_of_materials(distributions: Iterable[Distribution], pins: Mapping[str, Pin], policy: Policy) -> str:
    """Return the bill of materials of Rasid and of the packages of a lock, as far as they are installed."""
    by_name = {str(canonicalize_name(one.name)): one for one in distributions}
    ours = by_name[OURS]
    bom, components = Bom(), {OURS: _component(ours, (), policy, ComponentType.APPLICATION)}
    bom.metadata.component = components[OURS]
    for name, pin in sorted(pins.items()):
        if name in by_name:
            components[name] = _component(by_name[name], pin.hashes, policy, ComponentType.LIBRARY)
            bom.components.add(components[name])
    for name, component in components.items():
        needed = sorted(_needs(by_name[name]) & components.keys() - {name})
        bom.register_dependency(component, [components[other] for other in needed])
    written = json.loads(JsonV1Dot6(bom).output_as_string())
    del written["serialNumber"], written["metadata"]["timestamp"]
    return json.dumps(written, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _component(
    distribution: Distribution, hashes: Iterable[str], policy: Policy, kind: ComponentType
) -> Component:
    name = str(canonicalize_name(distribution.name))
    purl = PackageURL("pypi", None, name, distribution.version)
    expression = licence(distribution, policy)
    component = Component(
        name=name,
        version=distribution.version,
        type=kind,
        bom_ref=BomRef(f"{name}=={distribution.version}"),
        purl=purl,
        scope=ComponentScope.REQUIRED,
        description=told(distribution, "Summary"),
    )
    if expression:
        made = LicenseFactory().make_from_string(
            expression, license_acknowledgement=LicenseAcknowledgement.DECLARED
        )
        component.licenses.add(made)
    for number, value in enumerate(hashes, start=1):
        # One reference for each file that may be installed: a component's own hashes would be of one file.
        component.external_references.add(
            ExternalReference(
                type=ExternalReferenceType.DISTRIBUTION,
                url=XsUri(f"{purl}#file-{number}"),
                hashes=[HashType(alg=HashAlgorithm.SHA_256, content=value)],
            )
        )
    return component


def _needs(distribution: Distribution) -> set[str]:
    """Return the packages that a package asks for without extras, on any platform."""
    found = set()
    for text in distribution.requires or ():
        required = Requirement(text)
        if required.marker is None or not re.search(r"\bextra\b", str(required.marker)):
            found.add(str(canonicalize_name(required.name)))
    return found


def written_to(path: Path, text: str, pins: Mapping[str, Pin]) -> Check:
    """Write the bill of materials, and say what the lock names for other platforms than this."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    names = {one["name"] for one in json.loads(text)["components"]}
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    left_out = sorted(pins.keys() - names)
    without = f" (without {', '.join(left_out)}, for other platforms)" if left_out else ""
    return Check("bill of materials", f"{shown}: {len(names)} packages of requirements/runtime.txt{without}")
