"""The web server answers on its three pages and on nothing else."""

import aiohttp
import pytest
from prometheus_client import CollectorRegistry, Counter

from worker.entrypoints.web import WebServer


@pytest.fixture
async def served():
    registry = CollectorRegistry()
    Counter("rasid_test", "A counter.", registry=registry).inc()
    faults = {"alive": None, "ready": "no partitions are assigned yet"}
    server = WebServer("127.0.0.1", 0, registry, lambda: faults["alive"], lambda: faults["ready"])
    await server.start()
    async with aiohttp.ClientSession(server.address) as session:
        yield session, faults
    await server.stop()


async def test_metrics_are_in_prometheus_text_format(served):
    session, _ = served
    async with session.get("/metrics") as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/plain; version=")
        assert "rasid_test_total 1.0" in await response.text()


async def test_ready_only_when_nothing_is_missing(served):
    session, faults = served
    async with session.get("/readyz") as response:
        assert (response.status, await response.text()) == (503, "no partitions are assigned yet\n")
    faults["ready"] = None
    async with session.get("/readyz") as response:
        assert response.status == 200


async def test_alive_until_the_stream_has_crashed(served):
    session, faults = served
    async with session.get("/healthz") as response:
        assert response.status == 200
    faults["alive"] = "the stream has crashed"
    async with session.get("/healthz") as response:
        assert response.status == 503


@pytest.mark.parametrize("path", ["/", "/table/", "/router/", "/stats"])
async def test_nothing_else_is_served(served, path):
    session, _ = served
    async with session.get(path) as response:
        assert response.status == 404
