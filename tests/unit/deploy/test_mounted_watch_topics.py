"""Watch topics in a ConfigMap: the kubelet mounts it as links into a folder that it replaces as a whole.

watch/moscow-attack.yaml -> ..data/moscow-attack.yaml
watch/..data             -> ..2026_11_22_07_00_00.1
watch/..2026_11_22_07_00_00.1/moscow-attack.yaml
"""

import shutil

import pytest

from tests.unit.deploy.manifests import ROOT
from worker.adapters.roster_file import folder_sources
from worker.adapters.topic_files import load_watch_topics

WATCH_TOPICS = ROOT / "topics" / "watch"
NAMES = sorted(path.name for path in WATCH_TOPICS.glob("*.yaml"))


class Mount:
    """A folder as the kubelet mounts and changes it."""

    def __init__(self, folder):
        self.folder = folder
        self.changes = 0

    def show(self, contents):
        """Let the mount hold these files and no others, in the kubelet's order of steps."""
        self.changes += 1
        data, fresh = self.folder / "..data", self.folder / "..data_tmp"
        before = data.resolve() if data.exists() else None
        folder = self.folder / f"..2026_11_22_07_00_00.{self.changes}"
        folder.mkdir()
        for name, content in contents.items():
            (folder / name).write_bytes(content)
        fresh.symlink_to(folder.name)
        fresh.replace(data)
        for name in contents:
            link = self.folder / name
            if not link.is_symlink():
                link.symlink_to(f"..data/{name}")
        for link in [one for one in self.folder.iterdir() if one.is_symlink() and one.name != "..data"]:
            if link.name not in contents:
                link.unlink()
        if before is not None:
            shutil.rmtree(before)


@pytest.fixture
def mount(tmp_path):
    mount = Mount(tmp_path)
    mount.show({name: (WATCH_TOPICS / name).read_bytes() for name in NAMES})
    return mount


def test_each_watch_topic_is_read_once_and_none_from_the_folders_of_the_kubelet(mount):
    assert [source.name for source in folder_sources(mount.folder)] == NAMES
    loaded = load_watch_topics(mount.folder)
    assert loaded.problems == []
    assert len(loaded.watch_topics) == len(NAMES)


def test_changed_added_and_removed_watch_topics_are_seen(mount):
    first, *others = NAMES
    contents = {name: (WATCH_TOPICS / name).read_bytes() for name in others}
    contents[others[0]] += b"# looked at by the desk\n"
    contents["new.yaml"] = (WATCH_TOPICS / first).read_bytes()
    mount.show(contents)
    assert {source.name: source.content for source in folder_sources(mount.folder)} == contents
