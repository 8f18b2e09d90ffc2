# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import pwd
import stat
import subprocess
import sys
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import claim, lock
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError


def test_the_second_waits_and_says_for_whom(root):
    layout = Layout(root)
    with lock.exclusive(layout):
        with pytest.raises(WheelhouseError, match=r"process {0} of \S+, since 20..-..-..T..:..:..Z".format(os.getpid())):
            with lock.exclusive(layout, wait=0.1):
                pass
    with lock.exclusive(layout, wait=0):
        pass


def test_the_folder_goes_and_so_does_the_umask(root):
    layout = Layout(root)
    umask = os.umask(0o077)
    try:
        with pytest.raises(KeyError):
            with lock.exclusive(layout) as work:
                assert os.path.dirname(work) == layout.tmp
                assert stat.S_IMODE(os.stat(work).st_mode) == 0o755
                open(os.path.join(work, "file"), "w").close()
                assert stat.S_IMODE(os.stat(os.path.join(work, "file")).st_mode) == 0o644
                raise KeyError
        assert os.listdir(layout.tmp) == []
        assert os.umask(0o077) == 0o077
    finally:
        os.umask(umask)


def test_leftovers_go_and_uploads_under_way_stay(root):
    layout = Layout(root)
    with lock.exclusive(layout):
        pass
    part = "0" * 64 + ".part"
    for path in ("tmp/tmpleft0123/deep", "tmp/somebody's", "incoming/tmp_old_01_/deep", "incoming/tmp_new_01_", "incoming/letters"):
        os.makedirs(os.path.join(root, path))
    for path in ("tmp/tmpfile0123", "incoming/" + part):
        open(os.path.join(root, path), "w").close()
    for name in ("tmp_old_01_", part, "letters"):
        os.utime(os.path.join(root, "incoming", name), (0, time.time() - lock.INCOMING_AGE - 9))
    with lock.exclusive(layout) as work:
        assert sorted(os.listdir(layout.tmp)) == sorted([os.path.basename(work), "somebody's"])
        assert sorted(os.listdir(layout.incoming)) == ["letters", "tmp_new_01_"]


def test_an_upload_that_is_held_is_not_given_up(root):
    layout = Layout(root)
    with lock.exclusive(layout):
        path = os.path.join(layout.incoming, "tmp_old_01_")
        os.makedirs(path)
    os.utime(path, (0, time.time() - lock.INCOMING_AGE - 9))
    claim.hold(path)
    for left in (["tmp_old_01_"], []):
        with lock.exclusive(layout):
            assert os.listdir(layout.incoming) == left
        claim.let_go()


@pytest.mark.parametrize("environment, name", [({"SUDO_USER": "ann"}, "ann"), ({"DOAS_USER": "bob"}, "bob"), ({}, "carl")])
def test_who_holds_it(root, monkeypatch, environment, name):
    monkeypatch.setattr(lock.pwd, "getpwuid", lambda uid: pwd.struct_passwd(["carl", "x", uid, 7, "", "/", "/bin/sh"]))
    with lock.exclusive(Layout(root)):
        pass
    process = subprocess.Popen(["flock", Layout(root).lock, "sh", "-c", "echo $PPID > {0}; echo held; read x".format(Layout(root).lock)],
                               env=dict(environment, PATH=os.environ["PATH"]), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdout.readline()
    try:
        with pytest.raises(WheelhouseError, match=r"\(process {0} of {1}, since 20..-..-..T..:..:..Z\)".format(process.pid, name)):
            with lock.exclusive(Layout(root), wait=0):
                pass
    finally:
        process.communicate(b"\n")


@pytest.mark.parametrize("written, said", [
    ("", "by whom is unknown"), ("\0\0\0\0", "by whom is unknown"), ("99999999", "process 99999999 of an unknown user, .*")])
def test_a_holder_that_is_unknown(root, written, said):
    layout = Layout(root)
    with lock.exclusive(layout):
        with open(layout.lock, "w") as stream:
            stream.write(written)
        with pytest.raises(WheelhouseError, match=r"another deploy holds {0} \({1}\)".format(layout.lock, said)):
            with lock.exclusive(layout, wait=0):
                pass


def test_a_killed_holder_holds_nothing(root):
    code = ("import fcntl, os, time\nf = open({0!r}, 'w')\nfcntl.flock(f, fcntl.LOCK_EX)\nprint('held', flush=True)\ntime.sleep(60)"
            .format(os.path.join(root, "lock")))
    os.makedirs(root)
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    holder.stdout.readline()
    with pytest.raises(WheelhouseError):
        with lock.exclusive(Layout(root), wait=0.1):
            pass
    holder.kill()
    holder.communicate()
    with lock.exclusive(Layout(root), wait=0.1):
        pass
