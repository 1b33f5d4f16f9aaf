"""Writes deploy/grafana/dashboards/ from the code beside it: `python -m deploy.grafana.generate`.

With `--check` it writes nothing and says what differs.
"""

import argparse
import json
import sys
from pathlib import Path

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.grafana.newsroom import newsroom
from deploy.grafana.pipeline import pipeline
from deploy.grafana.watch_topic import watch_topic

FOLDER = Path(__file__).parent / "dashboards"
DOCS = "/public/rasid-docs"
"""Where Grafana itself serves docs/, when the folder is mounted there as docker-compose.yml does."""


def dashboards(docs: str = DOCS) -> dict[str, str]:
    """Return each dashboard as JSON by the name of its file; `docs` is the address of this repository's docs/."""
    return {
        name: _encoded(build(docs))
        for name, build in (
            ("newsroom.json", newsroom), ("pipeline.json", pipeline), ("watch-topic.json", watch_topic),
        )
    }  # fmt: skip


def drift(folder: Path) -> list[str]:
    """Return the names of files that are missing, differ from the code, or that no code stands behind."""
    generated = dashboards()
    on_disk = {file.name: file.read_text("utf-8") for file in folder.glob("*.json")}
    return sorted(name for name in generated | on_disk if generated.get(name) != on_disk.get(name))


def main() -> int:
    """Write the dashboards, or tell what differs; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.grafana.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 where a file differs")
    parser.add_argument(
        "--docs", default=DOCS, help="address under which docs/ can be read (default: %(default)s)"
    )
    parser.add_argument("--to", type=Path, default=FOLDER, help="folder to write into (default: %(default)s)")
    options = parser.parse_args()
    if options.check:
        differing = drift(options.to)
        for name in differing:
            print(
                f"{options.to / name} is not what the code says: python -m deploy.grafana.generate",
                file=sys.stderr,
            )
        return 1 if differing else 0
    options.to.mkdir(parents=True, exist_ok=True)
    for name, text in dashboards(options.docs).items():
        (options.to / name).write_text(text, encoding="utf-8")
    return 0


def _encoded(dashboard: Dashboard) -> str:
    built = dashboard.build()
    for number, panel in enumerate(built.panels or [], start=1):
        panel.id_val = number  # else Grafana numbers them, and addresses of single panels change
    document = json.loads(json.dumps(built, cls=JSONEncoder))
    # The library puts links and annotations into a menu. Without a place they stand above the panels, in sight.
    for one in (*document["links"], *document["annotations"]["list"]):
        del one["placement"]
    return json.dumps(document, sort_keys=True, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())
