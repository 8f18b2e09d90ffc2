# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A controller: the actions that build, fetch and sign, talking to a build host on this machine, and the sending to production."""
import getpass
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time

from ansible_collections.nogcc.wheelhouse.plugins.action import build, fetch, sign
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import main
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.exclusive import is_held
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import signature, steps
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.files import sha256_of
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id, places
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.platform import describe
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import payload
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.kept_files import stored_files
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.package_factory import sdist_of


class Local:
    """What an action is to its work, with this machine in place of a host: each call is a process of its own, fed on standard input.

    It is a fork of this one, which has the code already: a new interpreter would be busy importing for most of the time. Its steps are the host's,
    at which the controller does not end.
    """

    check_mode = False
    host_name = "build01"

    def __init__(self):
        pass  # no task, no connection

    def show(self, text):
        """Nobody reads it."""

    def login_user(self):
        return getpass.getuser()

    def call(self, part, python, *calls, stream=b""):
        if calls[0]["op"] == "prepare":  # its tools come from an index; here they are those of the tests
            return [{"python": sys.executable, "changed": False, "platform": describe(), "files": []}]
        with tempfile.TemporaryFile() as said:
            given, giving = os.pipe()
            pid = os.fork()
            if not pid:
                os.close(giving)
                _answer(given, said.fileno())
            os.close(given)
            with open(giving, "wb") as stream_to_host:
                stream_to_host.write(payload.block(json.dumps({"calls": calls}).encode()) + stream)
            status = os.waitpid(pid, 0)[1]
            said.seek(0)
            return payload.read_reply(python, os.waitstatus_to_exitcode(status), said.read().decode(), "")

    def send_file(self, local, remote):
        shutil.copyfile(local, remote)

    def bring_file(self, remote, local):
        shutil.copyfile(remote, local)


def _answer(given, said):
    """Be the build host's half, with these file descriptors as its standard input and output, and end."""
    status = 1
    try:
        steps.hook = None
        os.dup2(given, 0)
        os.dup2(said, 1)
        os.dup2(said, 2)
        sys.stdout = open(1, "w", closefd=False)
        main.main(open(0, "rb", closefd=False))
        status = 0
    finally:
        os._exit(status)


class Build(Local, build.ActionModule):
    """The action ``build``."""


class Fetch(Local, fetch.ActionModule):
    """The action ``fetch``."""


class Sign(Local, sign.ActionModule):
    """The action ``sign``."""


class Controller:
    """A wheelhouse below ``folder``, and an application with a source tree, whose build host is ``host`` (see building.py)."""

    def __init__(self, folder, host):
        self.folder, self.host = folder, host
        self.wheelhouse = Wheelhouse(str(folder / "wheelhouse"))
        self.key = str(folder / "key")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], check=True)
        self._write_application()

    def _write_application(self):
        native, pure, lib = self.host.packages[1]
        application = self.folder / "application"
        application.mkdir()
        (application / "native-1.0.tar.gz").write_bytes(self.host.index.files["native-1.0.tar.gz"])
        native["sdist"] = {"path": "native-1.0.tar.gz", "hashes": native["sdist"]["hashes"]}
        rows = [f'[[packages]]\nname = "{table["name"]}"\nversion = "{table["version"]}"\n'
                + (f'sdist = {_toml(table["sdist"])}\n' if "sdist" in table else f'wheels = [{_toml(table["wheels"][0])}]\n') for table in (native, pure, lib)]
        (application / "pylock.toml").write_text('lock-version = "1.0"\n' + "".join(rows))
        with tarfile.open(fileobj=io.BytesIO(sdist_of("shop")), mode="r:gz") as archive:
            archive.extractall(self.folder)

    def arguments(self, action):
        """Return the arguments of an action."""
        named = {"app": "shop", "requirements": str(self.folder / "application/pylock.toml"), "project": str(self.folder / "shop-1.0"),
                 "wheelhouse_dir": self.wheelhouse.where, "platforms": [describe()], "root": self.host.root, "python": sys.executable,
                 "tools": os.devnull, "environment": self.host.index.environment, "key": self.key}
        return {name: named.get(name, spec.get("default", [] if spec["type"] == "list" else None)) for name, spec in action.ARGUMENTS.items()}

    def road(self):
        """Build, fetch, sign, and send what a production host is to have."""
        Build().act(self.arguments(Build), {})
        Fetch().act(self.arguments(Fetch), {})
        Sign().act(self.arguments(Sign), {})
        self.wheelhouse.forget_unsent()  # as the action ``deploy`` does
        for manifest in self.manifests():
            with self.wheelhouse.tar(places(manifest)) as path, tarfile.open(path) as archive:
                assert sorted(archive.getnames()) == sorted(places(manifest))

    def forget(self):
        """Have no wheelhouse again, and a build host as it was remembered."""
        while is_held(os.path.join(self.host.root, "lock")):
            time.sleep(0.005)  # a job goes on without its controller
        self.host.restore()
        if os.path.isdir(self.wheelhouse.where):  # a kill may come before it is made
            shutil.rmtree(self.wheelhouse.where)  # what stayed would pass for made by the next run
        for path in (self.folder / "application").glob("pylock-build*"):
            path.unlink()

    # what is looked at afterwards

    def manifests(self):
        top = pathlib.Path(self.wheelhouse.where)
        return [self.wheelhouse.read_manifest("shop", path.stem) for path in sorted(top.glob("releases/shop/*.json"))]

    def broken(self):
        """Return what lies under a name that it has not earned."""
        top, wrong = pathlib.Path(self.wheelhouse.where), []
        for path in [*top.glob("sources/*/*"), *top.glob("wheels/*/*"), *top.glob("bytecode/*")]:
            if not path.name.startswith(".tmp-") and sha256_of(path) != (path.stem if path.parent.name == "bytecode" else path.parent.name):
                wrong.append(f"{path} is not what its name says")
        for manifest in self.manifests():
            lacking = self.wheelhouse.missing(stored_files(manifest))
            wrong += [f"the release {manifest_id(manifest)} lacks {place}" for place in lacking]
        for path in top.glob("releases/shop/inputs/[0-9a-f]*"):
            if not self.wheelhouse.read_manifest("shop", path.read_text().split()[0]):
                wrong.append(f"{path} leads nowhere")
        for path in top.glob("releases/shop/*.sig"):
            signature.check_signature(signature.read(path.read_text()))
        for path in top.glob("builds/*/*.json"):
            json.loads(path.read_bytes())
        for page in [*top.glob("simple/*/index.html"), *top.glob("index.html")]:
            for link in re.findall(r'href="([^"#]+)#', page.read_text()):
                if not (page.parent / link).is_file():
                    wrong.append(f"{page} leads to {link}, which is not there")
        return wrong

    def contents(self):
        """Return what the wheelhouse and the application's folder have, by path: temporary files, too. Of some files the bytes are never the same."""
        found = {}
        for top in (pathlib.Path(self.wheelhouse.where), self.folder / "application"):
            for path in top.rglob("*"):
                if path.is_file():
                    found[str(path.relative_to(self.folder))] = "" if path.suffix == ".sig" or path.name == ".time" else sha256_of(path)
        return found


def _toml(table):
    """Return a table of a lock as an inline table."""
    values = {name: value for name, value in table.items() if name != "hashes"}
    rows = [f"{name} = {json.dumps(value)}" for name, value in values.items()] + [f'hashes = {{ sha256 = "{table["hashes"]["sha256"]}" }}']
    return f"{{ {', '.join(rows)} }}"
