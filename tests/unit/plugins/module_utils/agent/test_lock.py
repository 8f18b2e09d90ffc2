# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import errno
import fcntl
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


def test_what_is_left_of_an_app_goes_and_nothing_else(root, tmp_path):
    layout, half = Layout(root), ".tmp-wheelhouse-half0000"
    outside = tmp_path / "outside"
    for folder in ("apps/shop/signatures", "apps/blog", "apps/old shop", "agent"):
        os.makedirs(os.path.join(root, folder))
    outside.mkdir()
    gone = ["apps/shop/" + half, "apps/shop/signatures/" + half, "apps/blog/" + half, "agent/" + half]
    kept = ["apps/old shop/" + half, "apps/shop/.tmp-mine", "apps/blog/signatures/" + half, "apps/wiki/" + half]
    os.symlink(str(outside), os.path.join(root, "apps/blog/signatures"))
    os.symlink(str(outside), os.path.join(root, "apps/wiki"))
    for name in ["lock"] + gone + kept:
        open(os.path.join(root, name), "w").close()
    for app in ("shop", "blog"):
        os.symlink("releases/x", layout.current(app) + ".new")
        os.symlink("releases/x", layout.way_back(app))
    open(layout.activating("blog"), "w").close()
    for name in ("apps/old shop/.tmp-folder", "apps/shop/.tmp-folder"):
        os.mkdir(os.path.join(root, name))
    with lock.exclusive(layout):
        pass
    assert not [name for name in gone if os.path.lexists(os.path.join(root, name))]
    assert [name for name in kept if os.path.lexists(os.path.join(root, name))] == kept
    assert sorted(os.listdir(layout.app("shop"))) == [".tmp-folder", ".tmp-mine", "signatures"]
    assert sorted(os.listdir(layout.app("blog"))) == ["activating.json", "current.back", "signatures"]


def test_folders_of_the_name_of_a_link_are_nobodys(root):
    layout = Layout(root)
    for path in (layout.current("shop") + ".new", layout.way_back("shop"), layout.releases("shop")):
        os.makedirs(path)
    with lock.exclusive(layout):
        assert sorted(os.listdir(layout.app("shop"))) == ["current.back", "current.new", "releases"]


def test_from_the_folder_of_an_apps_user_nothing_is_removed(root):
    path = os.path.join(Layout(root).app("shop"), ".tmp-wheelhouse-half0000")
    os.makedirs(Layout(root).releases("shop"))
    open(path, "w").close()
    for mode, there in ((0o777, True), (0o755, False)):
        os.chmod(os.path.dirname(path), mode)
        with lock.exclusive(Layout(root)):
            assert os.path.exists(path) == there


@pytest.mark.parametrize("where", ["tmp", "incoming", "discarded", None])
def test_who_goes_back_removes_nothing_where_others_may_write(root, tmp_path, where):
    """A folder of ours may lead elsewhere then, and what lies there have such a name."""
    layout = Layout(root)
    with lock.exclusive(layout):
        pass
    outside = tmp_path / "outside"
    (outside / "tmpabcdefgh").mkdir(parents=True)
    os.utime(str(outside / "tmpabcdefgh"), (0, 0))
    if where is None:
        os.makedirs(os.path.join(layout.tmp, "tmpabcdefgh"))
        os.chmod(root, 0o777)
    else:
        if where == "tmp":
            os.rmdir(layout.tmp)
        os.symlink(str(outside), os.path.join(root, where))
        with pytest.raises(WheelhouseError, match="{0} is a symbolic link".format(where)):
            with lock.exclusive(layout):
                pass
    with lock.exclusive(layout, new=False) as work:
        assert work is None
    assert os.listdir(str(outside)) == ["tmpabcdefgh"] and (where or os.listdir(layout.tmp) == ["tmpabcdefgh"])


@pytest.mark.parametrize("new", [True, False])
@pytest.mark.parametrize("make, says", [(os.symlink, "is not a plain file"), (lambda _path, lock_: os.mkdir(lock_), "is not a plain file"),
                                        (lambda _path, lock_: os.mkfifo(lock_), "is not a plain file")])
def test_what_stands_for_another_file_is_not_written_to(root, tmp_path, make, says, new):
    layout = Layout(root)
    os.makedirs(layout.releases("shop"))
    precious = tmp_path / "shadow"
    precious.write_text("precious")
    make(str(precious), layout.lock)
    with pytest.raises(WheelhouseError, match="the lock {0} {1}".format(layout.lock, says)) as caught:
        with lock.exclusive(layout, wait=0, new=new):
            pass
    assert "remove it" in caught.value.hint and precious.read_text() == "precious"


def test_a_lock_that_has_another_name_is_held_and_not_written_to(root, tmp_path):
    """A backup of hard links must not stop the way back; and what is another's file stays as it is."""
    layout = Layout(root)
    os.makedirs(layout.releases("shop"))
    (tmp_path / "other").write_text("precious")
    os.link(str(tmp_path / "other"), layout.lock)
    with lock.exclusive(layout, wait=0, new=False):
        with pytest.raises(lock.Busy):
            with lock.exclusive(layout, wait=0, new=False):
                pass
    assert (tmp_path / "other").read_text() == "precious"


def test_notes_go_also_where_nobody_can_hold_a_file(root, monkeypatch):
    """NFS has locks of files that are open for writing, and of no others (flock(2))."""
    layout = Layout(root)
    os.makedirs(layout.releases("shop"))
    note = os.path.join(layout.app("shop"), ".tmp-wheelhouse-abcdefgh")
    open(note, "w").close()
    real = fcntl.flock

    def flock(handle, how):
        if fcntl.fcntl(handle, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return real(handle, how)
    monkeypatch.setattr(fcntl, "flock", flock)
    with lock.exclusive(layout):
        assert not os.path.lexists(note)


def test_a_note_that_goes_meanwhile_or_stays_stops_nobody(root, monkeypatch):
    layout = Layout(root)
    os.makedirs(layout.releases("shop"))
    open(os.path.join(layout.app("shop"), ".tmp-wheelhouse-abcdefgh"), "w").close()

    def fail(path):
        raise FileNotFoundError(path)
    monkeypatch.setattr(lock, "_remove_unheld", fail)
    with lock.exclusive(layout, new=False):
        pass


def test_a_lock_that_was_removed_while_somebody_waited_for_it(root, monkeypatch):
    layout, opened = Layout(root), []
    with lock.exclusive(layout):
        pass

    def hold():
        opened.append(open(layout.lock, "a"))
        fcntl.flock(opened[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)

    def sleep(_seconds):
        if len(opened) == 1:
            os.unlink(layout.lock)
            hold()
            opened[0].close()
    hold()
    monkeypatch.setattr(lock.time, "sleep", sleep)
    with pytest.raises(lock.Busy):
        with lock.exclusive(layout, wait=0.1):
            pass
    opened[1].close()
    with lock.exclusive(layout, wait=0):
        pass


def test_a_lock_that_was_removed_while_it_was_held(root):
    layout = Layout(root)
    os.makedirs(layout.releases("shop"))
    with lock.exclusive(layout) as first:
        os.unlink(layout.lock)
        with lock.exclusive(layout, wait=0) as second:
            assert sorted(os.listdir(layout.tmp)) == sorted(map(os.path.basename, (first, second)))


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
