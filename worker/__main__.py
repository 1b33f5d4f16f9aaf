"""The entry point of `rasid` and of `python -m worker`."""

from worker.entrypoints.cli import run


def main() -> None:
    """Run the command line; the worker's wiring is imported only when a worker is started."""

    def run_worker(settings: object) -> None:
        from worker import bootstrap  # noqa: PLC0415

        bootstrap.run_worker(settings)  # type: ignore[arg-type]

    run(run_worker)


if __name__ == "__main__":
    main()
