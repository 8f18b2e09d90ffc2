# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import stat
import subprocess
import sys
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import lock
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError


def test_the_second_waits_and_says_for_whom(root):
    layout = Layout(root)
    with lock.exclusive(layout):
        with pytest.raises(WheelhouseError, match="process {0}".format(os.getpid())):
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
