# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import tarfile
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import exchange
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError


@pytest.fixture(name="root")
def fixture_root(tmp_path):
    return str(tmp_path / "store")


@pytest.mark.parametrize("place", ["wheels/../../etc/passwd", "/etc/passwd", "jobs/x/log", "wheels", "wheels/a/b/c", ""])
def test_places_outside_of_the_store(root, place):
    with pytest.raises(WheelhouseError, match="not a place"):
        exchange.checked_path(root, place)


def test_a_tar_is_for_the_login_user_alone_and_goes_away(root):
    path = exchange.checked_path(root, "wheels/00/x.whl")
    os.makedirs(os.path.dirname(path))
    with open(path, "wb") as stream:
        stream.write(b"wheel")
    found = exchange.pack_for_login(root, ["wheels/00/x.whl"])
    assert found["size"] == os.stat(found["path"]).st_size and os.stat(found["path"]).st_mode & 0o777 == 0o600
    with tarfile.open(found["path"]) as archive:
        assert archive.getnames() == ["wheels/00/x.whl"]
    exchange.unpack_done(root, found["path"])
    assert os.listdir(os.path.join(root, "outgoing")) == []


def test_a_tar_that_can_not_be_finished_does_not_stay(root):
    with pytest.raises(FileNotFoundError):
        exchange.pack_for_login(root, ["wheels/00/gone.whl"])
    assert os.listdir(os.path.join(root, "outgoing")) == []


def test_an_upload_has_a_private_folder(root):
    found = exchange.receive(root)["incoming"]
    assert os.stat(found).st_mode & 0o777 == 0o700 and found.startswith(root)
    exchange.forget_upload(root, found + "/project.tar")
    assert not os.path.exists(found)


def test_only_our_own_folders_are_removed(root, tmp_path):
    exchange.receive(root)
    for path in (str(tmp_path / "precious" / "x"), root + "/x", root + "/wheels/x", root + "/uploads/../wheels/x", "/x"):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        exchange.forget_upload(root, path)
        exchange.unpack_done(root, path)
        assert os.path.isdir(os.path.dirname(path))


def test_what_a_broken_off_run_left_is_removed_after_a_day(root):
    old, fresh = exchange.receive(root)["incoming"], exchange.receive(root)["incoming"]
    file = os.path.join(root, "uploads", "tmp0123abc_")
    open(file, "wb").close()
    past = time.time() - 25 * 3600
    for path in (old, file):
        os.utime(path, (past, past))
    exchange.receive(root)
    assert not os.path.exists(old) and not os.path.exists(file) and os.path.exists(fresh)


@pytest.mark.parametrize("kind", ["uploads", "outgoing"])
def test_what_has_another_name_stays_however_old_it_is(root, kind):
    paths = [os.path.join(root, kind, name) for name in ("photo.jpg", "2024", "tmp", "tmp0123abc_.jpg", "my-tmp0123abc_")]
    for path in paths:
        os.makedirs(path)
        os.utime(path, (0, 0))
    exchange.private_folder(root, kind, "")
    assert all(os.path.isdir(path) for path in paths)


def test_a_link_goes_and_what_it_leads_to_stays(root, tmp_path):
    os.makedirs(os.path.join(root, "uploads"))
    (tmp_path / "letters").mkdir()
    link = os.path.join(root, "uploads", "tmp0123abc_")
    os.symlink(str(tmp_path / "letters"), link)
    os.utime(link, (0, 0), follow_symlinks=False)
    exchange.receive(root)
    assert not os.path.lexists(link) and (tmp_path / "letters").is_dir()
