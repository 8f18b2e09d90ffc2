# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts that are folders of this machine, and a wheelhouse with a release for them."""
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest
import yaml

from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.stage import stage
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.agent.wheel_factory import Store

NEEDS = {"libc_version": None, "libraries": ["libnowhere.so.1"], "packages": ["libnowhere1"], "providers": {"libnowhere.so.1": ["libnowhere1"]}}
APT = "#!/bin/sh\necho \"$*\" >> {0}/installed\n"
HERE = pathlib.Path(__file__).resolve().parent
COLLECTIONS = HERE.parents[2] / ".cache/collections"


class Fleet:
    """Hosts below ``folder``, each with a deploy root of its own, and a wheelhouse."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "wheelhouse").mkdir()
        self.store = Store(folder / "wheelhouse")
        self.wheelhouse = Wheelhouse(str(folder / "wheelhouse"))

    def release(self, *entries):
        """Put a release of these wheels into the wheelhouse; return its id."""
        manifest = self.store.manifest(*entries)
        self.wheelhouse.publish(manifest, manifest)
        return manifest_id(manifest)

    def lacking(self):
        """Return the entry of a wheel that needs a shared library which no host has, of the package libnowhere1."""
        return self.store.wheel(needs=NEEDS)

    def root(self, name):
        """Return the deploy root of a host."""
        return self.folder / "hosts" / name

    def give(self, name, release):
        """Have a release of the wheelhouse be the active one on a host, without a playbook."""
        manifest = self.wheelhouse.require_manifest("shop", release)
        stage(str(self.root(name)), "shop", manifest, stream=self.store.tar(manifest))
        activate(str(self.root(name)), "shop", release)

    def play(self, playbook, names, *options, prefix=(), environment=None, **variables):
        """Run a playbook on these hosts; return the process when it went well, with ``recap``: ``{host: {"changed": 1, …}}``."""
        done = self.try_to_play(playbook, names, *options, prefix=prefix, environment=environment, **variables)
        assert done.returncode == 0, done.stdout
        return done

    def try_to_play(self, playbook, names, *options, prefix=(), environment=None, **variables):
        """Run a playbook, however it ends."""
        hosts = {name: {"deploy_root": str(self.root(name))} for name in names}
        inventory = self.folder / "hosts.yml"
        inventory.write_text(yaml.safe_dump({"prod": {"hosts": hosts}, "build": {"hosts": {}}, "all": {"hosts": {"store": {}}}}))
        values = {"wheelhouse_app": "shop", "wheelhouse_dir": self.wheelhouse.where, "deploy_python": sys.executable, "ansible_connection": "local",
                  "ansible_become": False, "ansible_python_interpreter": sys.executable, **variables}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        settings = {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_CONNECTION_PLUGINS": str(HERE / "connection_plugins"),
                    "ANSIBLE_NOCOLOR": "true", "ANSIBLE_REMOTE_TMP": str(self.folder / "ansible"), "ANSIBLE_LOCAL_TEMP": str(self.folder / "local")}
        command = [*prefix, os.path.join(os.path.dirname(sys.executable), "ansible-playbook"), "-i", str(inventory),
                   playbook if os.path.isabs(playbook) else f"nogcc.wheelhouse.{playbook}", *options, "-e", json.dumps(values)]
        done = subprocess.run(command, cwd=self.folder, env={**kept, **settings, **(environment or {})}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=280, check=False)
        rows = re.findall(r"^(\S+) +: (ok=.*)$", done.stdout, re.MULTILINE)
        done.recap = {host: {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", numbers)} for host, numbers in rows}
        return done


class Apt:
    """An apt-get that only notes what it is asked for; ``environment`` has it be found."""

    def __init__(self, folder):
        self.noted = folder / "installed"
        programs = folder / "programs"
        programs.mkdir()
        (programs / "apt-get").write_text(APT.format(folder))
        (programs / "apt-get").chmod(0o755)
        self.environment = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}

    def asked(self):
        """Return its arguments, a line for each time that it ran."""
        return self.noted.read_text() if self.noted.exists() else ""


@pytest.fixture(name="apt")
def fixture_apt(tmp_path):
    return Apt(tmp_path)


@pytest.fixture(name="fleet")
def fixture_fleet(tmp_path):
    return Fleet(tmp_path)
