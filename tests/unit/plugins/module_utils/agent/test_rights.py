# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Nobody may write where an application runs from, whatever the login's settings are; and root is not needed where it need not be."""
import json
import os
import pwd
import stat
import subprocess

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import environment
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.audit import audit
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import payload

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")


def writable(root):
    """Return what others than the owner may write to."""
    return [os.path.join(folder, name) for folder, folders, files in os.walk(root) for name in folders + files + ["."]
            if not os.path.islink(os.path.join(folder, name)) and os.lstat(os.path.join(folder, name)).st_mode & 0o022]


def unreadable(root):
    """Return what others may not read or pass through, of all that is there for them."""
    return [os.path.join(folder, name) for folder, folders, files in os.walk(root) for name in folders + files
            if not os.path.islink(os.path.join(folder, name)) and not os.lstat(os.path.join(folder, name)).st_mode & 0o004]


@pytest.mark.parametrize("umask", [0, 0o002, 0o027, 0o077])
def test_the_umask_does_not_matter(staged, root, umask):
    before = os.umask(umask)
    try:
        activate(root, "shop", staged())
    finally:
        os.umask(before)
    assert writable(root) == [] and unreadable(os.path.join(root, "apps")) == [] and unreadable(os.path.join(root, "wheels")) == []
    assert audit(root, "shop", look_for_tools=False)["findings"] == []


# the attribute system.posix_acl_default: version 2, then (tag, permissions, id) for owner, a named user, group, mask and others
ACL = b"\x02\0\0\0" + b"".join(tag.to_bytes(2, "little") + b"\x07\0" + who.to_bytes(4, "little") for tag, who in (
    (1, 0xFFFFFFFF), (2, 1234), (4, 0xFFFFFFFF), (16, 0xFFFFFFFF), (32, 0xFFFFFFFF)))


def test_a_default_acl_does_not_matter(staged, root):
    os.makedirs(os.path.dirname(root))
    try:
        os.setxattr(os.path.dirname(root), "system.posix_acl_default", ACL)
    except OSError:
        pytest.skip("this file system has no access control lists")
    os.mkdir(os.path.join(os.path.dirname(root), "probe"))
    assert os.lstat(os.path.join(os.path.dirname(root), "probe")).st_mode & 0o022 == 0o022  # it does matter to others
    activate(root, "shop", staged())
    assert writable(root) == []
    assert audit(root, "shop", look_for_tools=False)["findings"] == []


def test_files_are_read_only_for_their_owner_as_well(staged, root):
    activate(root, "shop", staged())
    for top in (Layout(root).releases("shop"), os.path.join(root, "wheels"), os.path.join(root, "bytecode")):
        for folder, _folders, files in os.walk(top):
            for name in files:
                at = os.lstat(os.path.join(folder, name))
                assert stat.S_ISLNK(at.st_mode) or not at.st_mode & 0o222, name


@ROOT_ONLY
def test_a_user_of_its_own_needs_no_root(store, tmp_path):
    """A deploy root in the home of a user: staged, tried out, activated and audited by nobody else.

    The code goes to an interpreter of that user as it goes to a host: this clone may lie where nobody but root may look.
    """
    user = pwd.getpwnam("nobody")
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, user.pw_uid, user.pw_gid)
    for folder in [tmp_path, *tmp_path.parents]:
        if not os.stat(folder).st_mode & stat.S_IXOTH:
            os.chmod(folder, os.stat(folder).st_mode | stat.S_IXOTH)
    root = str(home / "wheelhouse")
    manifest = store.manifest(store.wheel(project=True))
    about = {"root": root, "app": "shop"}
    calls = [{"op": "stage", "manifest": manifest, "stream": "-", **about}, {"op": "activate", "release": manifest_id(manifest), **about},
             {"op": "audit", "manifests": [manifest], "look_for_tools": False, **about}]
    python = environment.interpreter()
    ran = subprocess.run(["sh", "-c", payload.command(python)], input=payload.request("agent", calls) + store.tar(manifest).read(), cwd="/",
                         user=user.pw_uid, group=user.pw_gid, extra_groups=[], capture_output=True, check=False)
    _staged, activated, audited = payload.read_reply(python, ran.returncode, ran.stdout.decode(), ran.stderr.decode())
    assert activated["changed"] and audited["findings"] == []
    layout = Layout(root)
    assert layout.current_release("shop") == manifest_id(manifest) and os.lstat(layout.history("shop")).st_uid == user.pw_uid
    assert subprocess.run([os.path.join(layout.current("shop"), "bin", "python"), "-c", "import shop"], check=False).returncode == 0


@pytest.mark.parametrize("health", ["http://ann:{0}@127.0.0.1:1/", "http://ann:{0}@nowhere.example.org/x", "http://127.0.0.1:1/?token={0}",
                                    "test {0} = x", "http://ann:{0}@[/"])
def test_nothing_secret_is_kept_or_shown(staged, root, systemd, health):
    """What a health check is asked with stays in the request: no file of the host, no line of the history and no error has the password."""
    secret = "hunter2"
    one, two = staged("1"), staged("2")
    activate(root, "shop", one, actor={"user": "ann", "host": "desk"})
    with pytest.raises(WheelhouseError, match="is not well: (http|the health (command|URL)).* ([(]1 attempts|does not answer|ended with status 1)") as caught:
        activate(root, "shop", two, health=health.format(secret), health_seconds=0.1)
    assert secret not in str(caught.value)
    for folder, _folders, files in os.walk(root):
        for name in files:
            with open(os.path.join(folder, name), "rb") as stream:
                assert secret.encode() not in stream.read(), name
    with open(Layout(root).history("shop")) as stream:
        for line in stream:
            assert set(json.loads(line)) <= {"time", "action", "user", "host", "from", "to", "outcome", "reason", "token"}
