# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import errno
import os

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.links import Linker


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source"
    path.write_bytes(b"bytes")
    path.chmod(0o555)
    return str(path).encode()


def test_links(tmp_path, source):
    linker = Linker(str(tmp_path / "target"))
    linker.link(source, "a/\u00e4.py")
    assert os.path.samefile(source, str(tmp_path / "target" / "a" / "\u00e4.py"))
    assert (linker.linked, linker.copied) == (1, 0)


@pytest.mark.parametrize("number", [errno.EMLINK, errno.EXDEV, errno.EPERM])
def test_copies_where_no_link_can_be(tmp_path, source, monkeypatch, number):
    def refuse(*_paths):
        raise OSError(number, os.strerror(number))
    monkeypatch.setattr(os, "link", refuse)
    linker = Linker(str(tmp_path / "target"))
    linker.link(source, "file")
    copied = tmp_path / "target" / "file"
    assert copied.read_bytes() == b"bytes" and copied.stat().st_mode & 0o777 == 0o555 and copied.stat().st_nlink == 1
    assert (linker.linked, linker.copied) == (0, 1)
    with pytest.raises(FileExistsError):
        linker.link(source, "file")


def test_other_errors_are_errors(tmp_path, source):
    linker = Linker(str(tmp_path / "target"))
    linker.link(source, "file")
    with pytest.raises(FileExistsError):
        linker.link(source, "file")
    with pytest.raises((NotADirectoryError, FileExistsError)):
        linker.link(source, "file/below")
    with pytest.raises(FileNotFoundError):
        linker.link(source + b"-none", "other")
