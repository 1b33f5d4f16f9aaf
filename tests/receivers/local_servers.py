"""Servers on 127.0.0.1 for the tests of receivers: one that answers HTTP in many ways, and one for mail."""

import contextlib
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HUGE_BYTES = 64 * 1024**2
RUBBISH = "<html>\x00\x1b[31mتم \ufffd not what you asked for {{{" * 3


@dataclass
class Request:
    """What was asked of a server."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class HttpServer(ThreadingHTTPServer):
    """Answers as the last part of the path says: ok, 404, hang, close, redirect-307, rubbish, huge-200, echo."""

    daemon_threads = True
    request_queue_size = 50

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[Request] = []
        self.elsewhere = ""
        self.answers: dict[str, list[str]] = {}
        self.ended = threading.Event()
        self.released = threading.Event()
        self.unsent = threading.Event()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address) -> None:
        """Say nothing of clients that went away."""


class _Handler(BaseHTTPRequestHandler):
    server: HttpServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        path = self.path.partition("?")[0].rstrip("/")
        request = Request(self.command, self.path, dict(self.headers), self.rfile.read(length))
        self.server.requests.append(request)
        name = path.removesuffix("/api/v2/alerts").rpartition("/")[2]
        in_turn = self.server.answers.get(name)
        self.close_connection = True
        self._behave((in_turn.pop(0) if len(in_turn) > 1 else in_turn[0]) if in_turn else name, request)

    do_GET = do_PUT = do_POST  # noqa: N815

    def _behave(self, name: str, request: Request) -> None:
        if name == "hang":
            self.server.released.wait(60)
            if not self.server.ended.is_set():
                self._answer(200, b"late")
        elif name == "close":
            self.connection.close()
        elif name.startswith("redirect-"):
            self._answer(int(name[9:]), b"", Location=f"{self.server.elsewhere}/token-elsewhere?key=value")
        elif name == "rubbish":
            self._answer(200, RUBBISH.encode())
        elif name == "echo":
            said = [
                request.path,
                *map(": ".join, request.headers.items()),
                request.body.decode("utf-8", "replace"),
            ]
            self._answer(500, "\r\n".join(said).encode())
        elif name.startswith("huge"):
            status = int(name[5:] or 200)
            self._huge(status)
        elif name == "trickle":
            self._trickle()
        elif name == "short":
            self._head(200, 1_000)
            self.wfile.write(b"less than was promised")
        else:
            self._answer(int(name) if name.isdigit() else 200, b"ok" if name == "ok" else name.encode())

    def _head(self, status: int, length: int | None, **headers: str) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.send_header("Connection", "close")
        self.end_headers()

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self._head(status, len(body), **headers)
        self.wfile.write(body)

    def _huge(self, status: int) -> None:
        self._head(status, HUGE_BYTES, Location=f"{self.server.elsewhere}/huge")
        try:
            for _ in range(HUGE_BYTES // 2**16):
                self.wfile.write(b"x" * 2**16)
        except OSError:
            self.server.unsent.set()

    def _trickle(self) -> None:
        self._head(200, 10_000)
        for _ in range(10_000):
            try:
                self.wfile.write(b"x")
            except OSError:
                self.server.unsent.set()
                return
            if self.server.ended.wait(0.05):
                return

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass
class Mail:
    """One mail as it came in."""

    sender: str
    recipients: list[str]
    content: bytes


@dataclass
class MailRules:
    """What the mail server answers; anything not named here goes well."""

    answers: dict[str, str] = field(default_factory=dict)
    hang_at: str = ""


class MailServer(socketserver.ThreadingTCPServer):
    """A mail server (RFC 5321) that keeps what it is sent and refuses what it is told to refuse."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _MailHandler)
        self.mails: list[Mail] = []
        self.rules = MailRules()
        self.ended = threading.Event()

    @property
    def port(self) -> int:
        return self.server_address[1]

    def handle_error(self, request, client_address) -> None:
        """Say nothing of clients that went away."""


class _MailHandler(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 mail.example ESMTP")
        mail = Mail("", [], b"")
        for line in iter(self.rfile.readline, b""):
            text = line.decode("ascii", "replace").strip()
            verb = text[:4].upper()
            if verb == self.server.rules.hang_at:
                self.server.ended.wait(60)
                return
            if verb == "QUIT":
                self._say("221 bye")
                return
            if verb in self.server.rules.answers:
                self._say(self.server.rules.answers[verb])
            elif verb == "EHLO":
                self._say("250-mail.example", "250-8BITMIME", "250 AUTH PLAIN LOGIN")
            elif verb == "AUTH":
                self._say("235 ok")
            elif verb == "DATA":
                self._say("354 go on")
                mail.content = b"".join(self._data())
                self.server.mails.append(mail)
                mail = Mail("", [], b"")
                self._say("250 taken")
            else:
                if verb == "MAIL":
                    mail.sender = text
                elif verb == "RCPT":
                    mail.recipients.append(text)
                self._say("250 ok")

    def _data(self) -> Iterator[bytes]:
        for line in iter(self.rfile.readline, b""):
            if line == b".\r\n":
                return
            yield line.removeprefix(b".") if line.startswith(b"..") else line

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


@contextlib.contextmanager
def running(server):
    """Serve in a thread while the context lasts; end what hangs afterwards."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        if isinstance(server, HttpServer):
            server.released.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
