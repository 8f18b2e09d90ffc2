# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A store, a host, and a systemd of its own."""
import os

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import health, switch
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.stage import stage
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.agent.wheel_factory import Store


@pytest.fixture
def store(tmp_path):
    folder = tmp_path / "wheelhouse"
    folder.mkdir()
    return Store(folder)


@pytest.fixture
def root(tmp_path):
    """The path of a deploy root that does not exist yet."""
    return str(tmp_path / "opt" / "wheelhouse")


@pytest.fixture
def staged(store, root):
    """Return a function that stages a release whose one wheel has the given version; it returns the release's id."""
    def call(version="1.0", **options):
        manifest = store.manifest(store.wheel(version=version, **options))
        stage(root, "shop", manifest, stream=store.tar(manifest))
        return manifest_id(manifest)
    return call


SYSTEMCTL = """#!/bin/sh
# $0's folder has: log (what was asked), fail-<release> (restarting fails while that release is current), state (what show says)
here=$(dirname "$0")
echo "$*" >> "$here/log"
case "$*" in
  *" restart "*) test ! -e "$here/fail-$(basename "$(readlink "$(cat "$here/current")")")" || { echo "Job for unit failed." >&2; exit 1; };;
  *" show "*) cat "$here/state";;
esac
"""


class Systemd:
    """What the fake systemctl was asked, and what it should answer."""

    def __init__(self, folder, current):
        self.folder = folder
        (folder / "systemctl").write_text(SYSTEMCTL)
        (folder / "journalctl").write_text("#!/bin/sh\necho 'the journal of' \"$2\"\n")
        for name in ("systemctl", "journalctl"):
            (folder / name).chmod(0o755)
        (folder / "current").write_text(current)
        self.be(ActiveState="active", SubState="running", Type="simple", NRestarts="0")

    def be(self, **properties):
        (self.folder / "state").write_text("".join("{0}={1}\n".format(*item) for item in sorted(properties.items())))

    def fail(self, release):
        (self.folder / "fail-{0}".format(release)).write_text("")

    def asked(self):
        """Return the words of restarts and stops so far."""
        log = self.folder / "log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [line.replace("--no-ask-password ", "") for line in lines if " restart " in line or " stop " in line]


@pytest.fixture
def systemd(tmp_path, root, monkeypatch):
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", "{0}{1}{2}".format(folder, os.pathsep, os.environ["PATH"]))
    monkeypatch.setattr(switch, "SETTLE", 0)
    monkeypatch.setattr(health, "PAUSES", (0.01,))
    return Systemd(folder, os.path.join(root, "apps", "shop", "current"))
