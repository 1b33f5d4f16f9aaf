"""Reads receivers from their file, with secrets from the environment and from files."""

import re
from collections.abc import Mapping as MappingOf
from pathlib import Path
from urllib.parse import quote, urlsplit

import msgspec

from worker.adapters.sinks.apprise_services import make_service, silence_telltales
from worker.adapters.topic_files import TreeError, read_tree
from worker.domain.field_reader import FieldReader
from worker.domain.receiver import LOG_ONLY, Kind, RateLimit, Receiver, Receivers, unknown_receivers
from worker.domain.secret import Secret
from worker.domain.source_tree import Mapping, Node, Problem, Scalar, Sequence, describe

MOST_ADDRESSES = 50
MOST_SECRET_BYTES = 16_384
LONGEST_TIMEOUT_SECONDS = 300

_NAME = re.compile(r"[a-z0-9]+([-_.][a-z0-9]+)*")
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_AFTER_SCHEME = re.compile(r"://(?=\S).*", re.DOTALL)
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KINDS: tuple[Kind, ...] = ("log", "apprise", "alertmanager")
_FIELDS = (*_KINDS, "send_resolved", "rate_limit", "timeout", "link")
_ADDRESS = "an address in quotes, or {file: /run/secrets/name}"


class LoadedReceivers(msgspec.Struct, frozen=True):
    """The receivers of a file that is right, else all that is wrong with it."""

    receivers: Receivers | None
    problems: list[Problem]


def load_receivers(path: Path, environment: MappingOf[str, str]) -> LoadedReceivers:
    """Load a file of receivers; where there is none, alerts are written to the log.

    Args:
        path: The file. Secret files are named from its folder where they are not named in full.
        environment: What `${VARIABLE}` stands for.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return LoadedReceivers(LOG_ONLY, [])
    except OSError as error:
        problem = Problem(line=1, column=1, found=error.strerror or "an error", expected="a file that can be read")
        receivers, problems = None, [problem]
    else:
        receivers, problems = parse_receivers(content, environment, path.parent)
    return LoadedReceivers(receivers, [msgspec.structs.replace(problem, file=str(path)) for problem in problems])


def parse_receivers(
    content: bytes, environment: MappingOf[str, str], folder: Path
) -> tuple[Receivers | None, list[Problem]]:
    """Return the receivers that a file's content says, or None with all that is wrong, in the file's order."""
    try:
        root = read_tree(content)
    except TreeError as error:
        problem = error.problem
        return None, [msgspec.structs.replace(problem, found=_without_addresses(problem.found))]
    silence_telltales()  # to find out whether Apprise knows an address it is given it, and logs it
    reader = _ReceiverReader(environment, folder)
    receivers = reader.read(root)
    problems = sorted(reader.problems, key=lambda problem: (problem.line, problem.column))
    return (None, problems) if problems else (receivers, [])


class _ReceiverReader(FieldReader):
    """Reads the file's tree. No problem of it tells anything of an address but its scheme."""

    def __init__(self, environment: MappingOf[str, str], folder: Path) -> None:
        super().__init__()
        self._environment = environment
        self._folder = folder

    def problem(self, node: Node, found: str, expected: str) -> None:
        """Note a problem at a node, without any address that may stand there."""
        super().problem(node, _without_addresses(found), expected)

    def read(self, root: Node) -> Receivers:
        """Return the receivers; of no use where there are problems."""
        fields = self.mapping(root, "receivers: a mapping with default and receivers", ("default", "receivers"))
        by_name: dict[str, Receiver] = {}
        if isinstance(root, Mapping):
            for name in ("default", "receivers"):
                if name not in fields:
                    self.problem(root, f"no {name}", f"the field {name}")
        if "receivers" in fields:
            for name, node in self.mapping(fields["receivers"], "receivers by name", None).items():
                if _NAME.fullmatch(name):
                    by_name[name] = self._receiver(name, node)
                else:
                    expected = "small letters and digits, with single - _ or . between"
                    self.problem(node, f"the receiver's name {name!r}", expected)
                    self._receiver("with that name", node)
        return Receivers(by_name, self._default(fields.get("default"), by_name))

    def _default(self, node: Node | None, by_name: dict[str, Receiver]) -> tuple[str, ...]:
        items = self.items(node, "default: a list of receivers")
        if isinstance(node, Sequence) and not items:
            self.wrong(node, "at least one receiver")
        names = tuple(self.text(item, "a receiver's name") for item in items)
        for item, name in zip(items, names, strict=True):
            if name and unknown_receivers([name], Receivers(by_name, ())):
                known = ", ".join(by_name) or "a receiver of this file"
                self.problem(item, f"the receiver {name!r}, which this file does not have", f"one of {known}")
        return tuple(dict.fromkeys(names))

    def _receiver(self, name: str, node: Node) -> Receiver:
        fields = self.mapping(node, f"the receiver {name}: a mapping with log, apprise or alertmanager", _FIELDS)
        kinds = [kind for kind in _KINDS if kind in fields]
        if isinstance(node, Mapping) and len(kinds) != 1:
            found = " and ".join(kinds) if kinds else "no kind"
            self.problem(node, f"{found} in the receiver {name}", f"one of {', '.join(_KINDS)}")
        kind = kinds[0] if kinds else "log"
        addresses: tuple[Secret, ...] = ()
        if kind != "log":
            addresses = self._addresses(fields[kind], kind)
        elif kind in fields:
            self.mapping(fields[kind], "log: an empty mapping, {}", ())
        return Receiver(
            name=name,
            kind=kind,
            addresses=addresses,
            send_resolved=self._truth(fields.get("send_resolved"), "send_resolved", kind == "alertmanager"),
            rate_limit=self._rate_limit(fields.get("rate_limit")),
            timeout_seconds=self._timeout(fields.get("timeout")),
            link=self._link(fields.get("link")),
        )

    def _addresses(self, node: Node, kind: Kind) -> tuple[Secret, ...]:
        items = node.items if isinstance(node, Sequence) else (node,)
        if not 1 <= len(items) <= MOST_ADDRESSES:
            self.problem(node, f"{len(items)} addresses", f"one to {MOST_ADDRESSES}")
        read = (self._address(item, kind) for item in items)
        return tuple(address for address in read if address is not None)

    def _address(self, node: Node, kind: Kind) -> Secret | None:
        address = self._secret(node)
        if address is None:
            return None
        scheme = _scheme(address.reveal())
        if kind == "alertmanager":
            if not _is_web_address(address.reveal()):
                found = f"a {scheme} address that cannot be used" if scheme else "no address of the web"
                self.problem(node, found, "http://host:9093 or https://host, with no ? and no #")
                return None
        elif make_service(address, timeout_seconds=10) is None:
            found = (
                f"a {scheme} address that Apprise cannot use" if scheme else "an address that Apprise cannot use"
            )
            self.problem(node, found, "one as in Apprise's documentation, such as mailto://user:password@host")
            return None
        return address

    def _secret(self, node: Node) -> Secret | None:
        """Return an address; from a file, or as it is written with its variables filled in."""
        if isinstance(node, Mapping):
            file = self.mapping(node, _ADDRESS, ("file",)).get("file")
            if file is None:
                self.problem(node, "a mapping without file", _ADDRESS)
                return None
            name = self.text(file, "the path of a file with the address")
            return self._from_file(file, name) if name else None
        if not isinstance(node, Scalar) or not isinstance(node.value, str) or not node.value.strip():
            # What is written here may be a secret even where it is no text: it is not shown.
            found = describe(node) if isinstance(node, Sequence) or not node.raw.strip() else "something else"
            self.problem(node, found, _ADDRESS)
            return None
        return self._filled_in(node, node.value.strip())

    def _filled_in(self, node: Scalar, text: str) -> Secret | None:
        """Return a text with its variables; one inside of a text is quoted: a password may hold any sign."""
        known = len(self.problems)
        whole = _VARIABLE.fullmatch(text) is not None

        def value(match: re.Match[str]) -> str:
            name = match[1]
            if not _VARIABLE_NAME.fullmatch(name):
                self.problem(node, f"${{{name}}}", "the name of an environment variable, as in ${SLACK_TOKEN}")
                return ""
            filled = self._environment.get(name, "").strip()
            if not filled:
                self.problem(node, f"${{{name}}}, which the environment does not set", "a variable that is set")
            return filled if whole else quote(filled, safe="")

        filled = _VARIABLE.sub(value, text)
        if "${" in _VARIABLE.sub("", text):
            self.problem(node, "${ without }", "a variable, as in ${SLACK_TOKEN}")
        return Secret(filled) if len(self.problems) == known else None

    def _from_file(self, node: Node, name: str) -> Secret | None:
        path = self._folder / name
        try:
            with path.open("rb") as file:
                content = file.read(MOST_SECRET_BYTES + 1)
            lines = content.decode("utf-8-sig").split("\n")
        except OSError as error:
            self.problem(node, f"{name}: {error.strerror or 'an error'}", "a file that can be read")
            return None
        except UnicodeDecodeError:
            self.problem(node, f"{name}, which is not UTF-8", "a file with one address")
            return None
        written = [line.strip() for line in lines if line.strip()]
        if len(written) != 1 or len(content) > MOST_SECRET_BYTES:
            self.problem(node, f"{name} with {len(written)} lines", "a file with one address")
            return None
        return Secret(written[0])

    def _truth(self, node: Node | None, what: str, default: bool) -> bool:
        if node is None:
            return default
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        self.wrong(node, f"{what}: true or false")
        return default

    def _rate_limit(self, node: Node | None) -> RateLimit | None:
        if node is None:
            return None
        fields = self.mapping(node, "a rate limit with messages and per", ("messages", "per"))
        if isinstance(node, Mapping) and set(fields) != {"messages", "per"}:
            self.problem(node, "a rate limit without messages or per", "both, as in {messages: 10, per: 1m}")
        what = "messages: a whole number of at least 1"
        messages = self.number(fields.get("messages"), what, 1, 1) or 1
        if messages != int(messages):
            self.wrong(fields["messages"], what)
        per = self.seconds(fields.get("per"), "per", 60) or 0
        if per < 1 and "per" in fields:
            self.wrong(fields["per"], "per: at least 1s")
        return RateLimit(int(messages), max(per, 1))

    def _timeout(self, node: Node | None) -> int:
        seconds = self.seconds(node, "timeout", 10)
        if node is not None and seconds is not None and not 1 <= seconds <= LONGEST_TIMEOUT_SECONDS:
            self.wrong(node, f"timeout: 1s to {LONGEST_TIMEOUT_SECONDS}s")
        return seconds or 10

    def _link(self, node: Node | None) -> str | None:
        if node is None:
            return None
        if isinstance(node, Scalar) and isinstance(node.value, str) and _is_web_address(node.value):
            if urlsplit(node.value).username is None:
                return node.value
            self.problem(
                node, "a link with a user name", "a link without one: everybody who gets a message sees it"
            )
            return None
        self.wrong(node, "link: the base of addresses for people, such as https://rasid.example.org/alerts")
        return None


def _scheme(address: str) -> str:
    """Return an address's scheme with ://, or nothing where it has none: all that is told of an address."""
    scheme, found, _ = address.partition("://")
    return f"{scheme.lower()}://" if found and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]{0,30}", scheme) else ""


def _without_addresses(found: str) -> str:
    return _AFTER_SCHEME.sub("://***", found)


def _is_web_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  # raises where it is no number
    except ValueError:
        return False
    plain = not parts.query and not parts.fragment and not re.search(r"\s", address)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and plain
