# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's view of a production host: its status, and how a release gets there."""
from __future__ import annotations

import getpass
import os
import socket
from urllib.parse import urlsplit

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.systemd import check_units
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.get import shown
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import places
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import payload, this_run
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.host_action import STREAM_LIMIT, HostAction
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse

payload.code("agent")

#: The arguments of every action that runs on a production host (documented in doc_fragments/production_host.py).
ARGUMENTS = {
    "app": {"type": "str", "required": True},
    "root": {"type": "str", "default": "/opt/wheelhouse"},
    "python": {"type": "str", "default": "python3"},
}

#: The arguments of activating a release (documented in doc_fragments/activation.py).
ACTIVATION = {
    "services": {"type": "list", "elements": "str", "default": []},
    "health": {"type": "str", "default": ""},
    "health_timeout": {"type": "int", "default": 30},
    "confirm_timeout": {"type": "int", "default": 0},
    "keep": {"type": "int", "default": 3},
    "allowed_signers": {"type": "str", "default": ""},
}

#: The arguments that say where a host takes what it lacks from (documented in modules/deploy.py).
SOURCE = {
    "source": {"type": "str", "choices": ["push", "pull"], "default": "push"},
    "wheelhouse_url": {"type": "str", "default": "", "no_log": True},  # it may carry a password
    "environment": {"type": "dict", "default": {}, "no_log": True},
}

#: The fact in which a host's status is kept from the first play of a run to the last.
FACT = "wheelhouse_status"

#: What a host is asked to do that changes nothing there.
_LOOKS = {"status", "check", "audit", "verify"}

#: The least that the numbers of ``ACTIVATION`` may be.
LEAST = {"health_timeout": 1, "confirm_timeout": 0, "keep": 1}

#: The most that they may be, where there is a limit: a week, in seconds. Beyond some centuries the clocks and timers of hosts fail.
MOST = {"health_timeout": 7 * 24 * 3600, "confirm_timeout": 7 * 24 * 3600}


def checked(args: dict, lenient: bool = False) -> dict:
    """Return the arguments of activating a release without names that are empty, and blanks around what has some.

    Raises Blocked with every one that no host could do anything with; ``lenient``, for a rollback, takes the nearest number that is one.
    """
    found, problems = dict(args), []
    for name in ("services", "smoke_imports"):
        if args.get(name):
            found[name] = [word.strip() for word in args[name] if word.strip()]
    found["health"] = args["health"].strip()
    for name, least in LEAST.items():
        nearest = least if args[name] < least else min(args[name], MOST.get(name, args[name]))
        if lenient:
            found[name] = nearest
        elif args[name] != nearest:
            problems.append(WheelhouseError(f"deploy_{name} is {args[name]}", hint=f"set it to {nearest} or {'more' if nearest == least else 'less'}"))
    try:
        check_units(found["services"])
    except WheelhouseError as error:
        problems.append(error)
    if problems:
        raise Blocked(f"{args['app']} can't be {'rolled back' if lenient else 'deployed'}", [problem.as_dict() for problem in problems])
    return found


def web_server(args: dict) -> dict | None:
    """Return the web server that hosts are to pull from, as the agent's ``pull`` takes it; None when the controller sends.

    ``args`` are an action's (see ``SOURCE``). Raises WheelhouseError for a URL that no host can use.
    """
    if args["source"] != "pull":
        return None
    try:
        parts = urlsplit(args["wheelhouse_url"])
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and not parts.query and not parts.fragment
    except ValueError:  # a host or a port that is none
        usable = False
    if not usable:
        raise WheelhouseError(f"{shown(args['wheelhouse_url'])!r} is not the URL of a web server to pull from",
                              hint="set deploy_wheelhouse_url to where the wheelhouse's folder is served, such as https://wheels.example.org/")
    return {"url": args["wheelhouse_url"], "environment": args["environment"]}


class ProductionHost:
    """A production host that ``action`` talks to; ``args`` are the action's (see ``ARGUMENTS``)."""

    def __init__(self, action: HostAction, args: dict):
        self.action = action
        self.args = args
        self.where = {"root": args["root"], "app": args["app"]}

    def call(self, *calls: dict, stream: bytes = b"") -> list[dict]:
        """Carry out calls in one execution."""
        if not {call["op"] for call in calls} <= _LOOKS:
            this_run.begin_work()
        return self.action.call("agent", self.args["python"], *({**self.where, **call} for call in calls), stream=stream)

    def status(self, known: dict | None = None) -> dict:
        """Return the host's status; ``known`` is taken when this run asked for it, about the same app. See ``this_run`` for when it was ``asked``."""
        if known and this_run.is_of_this_run(known.get("asked")) and all(known.get(key) == value for key, value in self.where.items()):
            return known
        asked = this_run.now()
        return {**self.call({"op": "status"})[0], **self.where, "asked": asked}

    def activation(self, op: str, **more) -> dict:
        """Return the call that makes a release the current one: ``activate`` or ``rollback``."""
        actor = {"user": getpass.getuser(), "host": socket.gethostname()}
        return {"op": op, "services": self.args["services"], "health": self.args["health"] or None, "keep": self.args["keep"],
                "actor": actor, "allowed_signers": self.args.get("allowed_signers") or None, "health_seconds": self.args.get("health_timeout", 30),
                "confirm": self.args.get("confirm_timeout", 0), **more}

    def confirm(self, found: dict) -> dict:
        """Tell the host, when it waits for that, that the controller is still there; return ``found`` with what the host says then.

        That this is asked anew proves that the host can still be reached.
        """
        if not found.get("confirm"):
            return found
        actor = {"user": getpass.getuser(), "host": socket.gethostname()}
        return {**found, **self.call({"op": "confirm", "release": found["to"], "keep": self.args["keep"], "actor": actor})[0]}

    def verification(self, manifest: dict, signature: str | None, asked: bool = False, here: bool = False) -> list[dict]:
        """Return the call, if any, that comes before all others: it refuses what no key that the host knows has signed.

        ``asked`` and ``here`` are those of the agent's ``verify``.
        """
        if not self.args.get("allowed_signers"):
            return []
        return [{"op": "verify", "manifest": manifest, "signature": signature, "allowed_signers": self.args["allowed_signers"], "asked": asked,
                 "here": here}]

    def check(self, manifest: dict, signature: str | None, asked: bool, **more) -> dict:
        """Return what stands in the way of a release (see agent/check.py)."""
        return self.call(*self.verification(manifest, signature, asked), {"op": "check", "manifest": manifest, **more})[-1]

    def install(self, packages: list[str]) -> None:
        """Install packages of the distribution, if there are any to install and this is not check mode."""
        if packages and not self.action.check_mode:
            self.action.show(f"installing {', '.join(packages)}")
            self.call({"op": "install", "packages": packages})

    def deploy(self, wheelhouse: Wheelhouse, manifest: dict, release: str, held: set[str], smoke_imports: list | None,
               signature: str | None = None, asked: bool = False, web: dict | None = None) -> dict:
        """Bring what the host lacks, stage the release and make it the current one. Returns what the host says of it.

        ``signature`` is the manifest's; ``asked`` says that the release was named by its id. With ``web`` (see
        ``web_server``) the host gets the files itself.
        """
        first = self.verification(manifest, signature, asked)
        missing = {place: promise for place, promise in places(manifest).items() if promise[0] not in held}
        stage = {"op": "stage", "manifest": manifest, "smoke_imports": smoke_imports}
        activate = self.activation("activate", release=release, signature=signature, asked=asked)
        size, incoming = sum(size for _sha256, size in missing.values()), None
        if size > STREAM_LIMIT and not web:  # ask before sending: what can't be deployed should not travel
            incoming = self.call(*first, {"op": "receive", "manifest": manifest, "owner": self.action.login_user()})[-1]["incoming"]
            if incoming is None:  # another controller brought all of it meanwhile
                missing = {}
        if not missing:
            *_verified, staged, activated = self.call(*first, stage, activate)
            return {**staged, **activated, "bytes": 0}
        if web:
            self.action.show(f"pulling {len(missing)} files, {size / 1e6:.1f} MB")
            *_verified, staged, activated = self.call(*first, {**stage, "stream": web}, activate)
            return {**staged, **activated, "bytes": size}
        self.action.show(f"sending {len(missing)} files, {size / 1e6:.1f} MB")
        with wheelhouse.tar(missing) as archive:
            if incoming:
                self.action.send_file(archive, os.path.join(incoming, "files.tar"))
                *_verified, staged, activated = self.call(*first, {**stage, "stream": os.path.join(incoming, "files.tar")}, activate)
            else:
                with open(archive, "rb") as stream:
                    *_verified, staged, activated = self.call(*first, {**stage, "stream": "-"}, activate, stream=stream.read())
        return {**staged, **activated, "bytes": size}
