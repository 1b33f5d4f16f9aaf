"""Real local servers for the tests of receivers. All listen on 127.0.0.1 and end with their test."""

import io
import logging
import sys

import pytest

from tests.receivers.local_servers import HttpServer, MailServer, running


@pytest.fixture
def server():
    """A server that answers HTTP as the path says."""
    with running(HttpServer()) as started:
        yield started


@pytest.fixture
def elsewhere(server):
    """Another host, to which the first one redirects."""
    with running(HttpServer()) as started:
        server.elsewhere = f"http://localhost:{started.server_address[1]}"
        yield started


@pytest.fixture
def mail_server():
    """A mail server."""
    with running(MailServer()) as started:
        yield started


class Everything(io.StringIO):
    """What is logged at any level by anyone, as it would stand in the worker's log."""


@pytest.fixture
def everything_logged():
    """The whole log at its most talkative, with the traceback of every error."""
    kept = Everything()
    handler = logging.StreamHandler(kept)
    handler.setLevel(1)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(1)
    yield kept
    root.removeHandler(handler)
    root.setLevel(level)
    sys.stderr.flush()
