"""The worker's web server: /metrics, /healthz and /readyz, and nothing else."""

from collections.abc import Callable

from aiohttp import web
from mode import Service
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

Check = Callable[[], str | None]
"""Returns None when all is well, else what is not."""


class WebServer(Service):  # type: ignore[misc]
    """Serves the worker's metrics and checks as a service that starts and stops with the worker."""

    def __init__(self, host: str, port: int, registry: CollectorRegistry, alive: Check, ready: Check) -> None:
        """Serve on `host` and `port`; port 0 takes a free one, told by `address` once started."""
        super().__init__()
        self._host = host
        self._port = port
        self._registry = registry
        self._checks = {"/healthz": alive, "/readyz": ready}
        self._runner: web.AppRunner | None = None
        self.address = ""

    async def on_start(self) -> None:
        """Open the port."""
        application = web.Application()
        application.router.add_get("/metrics", self._metrics)
        for path in self._checks:
            application.router.add_get(path, self._check)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        host, port, *_ = self._runner.addresses[0]
        self.address = f"http://{host}:{port}"
        self.log.info("serving /metrics, /healthz and /readyz at %s", self.address)

    async def on_stop(self) -> None:
        """Close the port."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _check(self, request: web.Request) -> web.Response:
        fault = self._checks[request.path]()
        return web.Response(text=f"{fault or 'ok'}\n", status=503 if fault else 200)
