"""`rasid demo`: the main job on the seeds, with everything it needs started and stopped again."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console

from worker.adapters.embedded_broker import free_port, start_broker, stop_process
from worker.adapters.kafka_admin import delete_kafka_topics
from worker.adapters.kafka_security import SECURITY_SETTINGS, kafka_address, without_security
from worker.entrypoints.demo_run import Demo, Place
from worker.entrypoints.demo_setup import RECEIVERS, shorten_timers
from worker.entrypoints.kafka import init_kafka_topics
from worker.settings import Settings

STOP_SECONDS = 30.0


async def run_demo(console: Console, settings: Settings, seeds: Path, broker: str | None, keep: bool) -> int:
    """Run the demo from start to end.

    Args:
        console: Where it prints.
        settings: The worker's settings; broker, ports and folders are the demo's own.
        seeds: The folder with `articles` and `expected`.
        broker: A broker that is there already, or None to start the embedded one.
        keep: Leave everything running at the end, and say where it is.

    Returns:
        The exit code: 0, or 1 where the outcome differs from seeds/expected.

    Raises:
        DemoError: The worker fails.
        BrokerError: There is no broker.
    """
    folder = Path(tempfile.mkdtemp(prefix="rasid-demo-"))
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        if broker:
            address, broker_pid = broker, None
        else:
            address, process = start_broker(folder / "broker")
            broker_pid = process.pid
            stack.callback(stop_process, process, STOP_SECONDS)
        # The embedded broker knows neither passwords nor TLS.
        place_settings = msgspec.structs.replace(
            settings if broker else without_security(settings),
            broker=address,
            kafka_prefix=f"demo-{time.time_ns() // 1_000_000}." if broker else "",
            web_port=free_port(),
            data_dir=folder / "worker",
            watch_topics=folder / "watch",
            receivers=folder / "receivers.yaml",
        )
        shorten_timers(settings.watch_topics, folder / "watch")
        (folder / "receivers.yaml").write_text(RECEIVERS, "utf-8")
        console.print(f"[bold]broker[/]  {address}  ({'yours' if broker else 'embedded, started for this demo'})")
        created = await init_kafka_topics(place_settings)
        if broker:
            stack.push_async_callback(delete_kafka_topics, kafka_address(place_settings), created)
        console.print(f"[bold]topics[/]  {len(created)} Kafka topics created")
        place = _start_worker(place_settings, folder / "worker.log")
        stack.callback(stop_process, place.worker, STOP_SECONDS)
        console.print(f"[bold]worker[/]  pid {place.worker.pid}, {place.web}/metrics\n")
        found = await Demo(console, place_settings, seeds).run(place)
        _print_outcome(console, found)
        if keep:
            stack.pop_all()
            _print_kept(console, place, broker_pid, folder)
    return 1 if found else 0


def _start_worker(settings: Settings, log_file: Path) -> Place:
    # What lets the demo into Kafka lets its worker in; for the embedded broker it is taken away from both.
    foreign = SECURITY_SETTINGS if settings.kafka_security == "plaintext" else ()
    names = {f"RASID_{name.upper()}" for name in foreign}
    environment = {name: value for name, value in os.environ.items() if name not in names}
    own = ("broker", "kafka_prefix", "web_host", "web_port", "data_dir", "watch_topics", "receivers", "group")
    for name in own:
        environment[f"RASID_{name.upper()}"] = str(getattr(settings, name))
    with log_file.open("wb") as log:
        process = subprocess.Popen(  # nosec B603  # our own program, our own arguments
            [sys.executable, "-m", "worker", "worker"],
            env=environment, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the demo, which then stops the worker
        )  # fmt: skip
    return Place(settings, process, log_file)


def _print_outcome(console: Console, found: Sequence[str]) -> None:
    if not found:
        console.print("[green]All as seeds/expected says.[/]")
        return
    console.print(f"[bold red]Not as seeds/expected says ({len(found)}):[/]")
    for line in found:
        console.print(f"  {line}", markup=False, soft_wrap=True)


def _print_kept(console: Console, place: Place, broker_pid: int | None, folder: Path) -> None:
    stop = f"kill {place.worker.pid}"
    if broker_pid is not None:
        stop += f"; sleep 5; kill {broker_pid}"  # the worker commits before it ends, so its broker goes last
    console.print("\n[bold]Left running[/]")
    for name, value in (
        ("broker", place.settings.broker),
        ("metrics", place.web + "/metrics"),
        ("ready", place.web + "/readyz"),
        ("log", str(place.log_file)),
        ("publish", f"rasid replay --broker {place.settings.broker} PATH"),
        ("stop", f"{stop}; rm -r {folder}"),
    ):
        console.print(f"  {name:8} {value}", markup=False, highlight=False, soft_wrap=True)
