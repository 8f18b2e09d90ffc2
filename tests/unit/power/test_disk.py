# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The disk that forgets what was not flushed, as far as it needs no virtual machine."""
import random
import socket
import struct

import pytest
from hypothesis import given, strategies as st

from tests.power.disk import SECTOR, Disk, _without

SIZE = 16 * SECTOR


@pytest.fixture(name="disk")
def fixture_disk(tmp_path):
    path = tmp_path / "disk"
    path.write_bytes(b"." * SIZE)
    return Disk(str(path))


class Client:
    """A machine that uses the disk."""

    def __init__(self, disk):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(disk.address)
        self.reader = self.socket.makefile("rb")
        assert self.reader.read(18)[:16] == b"NBDMAGICIHAVEOPT"
        self.socket.sendall(struct.pack(">I", 1) + struct.pack(">QII", 0x49484156454F5054, 1, 0))
        size, _flags = struct.unpack(">QH124x", self.reader.read(134))
        assert size == SIZE

    def ask(self, kind, offset=0, data=b"", flags=0, length=None):
        self.socket.sendall(struct.pack(">IHHQQI", 0x25609513, flags, kind, 7, offset, len(data) if length is None else length) + data)
        assert self.reader.read(16) == struct.pack(">IIQ", 0x67446698, 0, 7)
        return self.reader.read(length) if length else b""


def after(disk, monkeypatch, survives, *asked):
    """Return the bytes of the disk after these requests and a power cut in which cached sectors survive, or not."""
    monkeypatch.setattr(random, "choice", lambda _shares: 1 if survives else 0)
    with disk.served():
        client = Client(disk)
        for request in asked:
            client.ask(*request)
        read = client.ask(0, 0, length=SIZE)
        client.reader.close()
        client.socket.close()
    with open(disk.path, "rb") as stream:
        return read, stream.read()


@pytest.mark.parametrize("survives", [False, True])
def test_what_was_flushed_stays_and_the_rest_may_be_lost(disk, monkeypatch, survives):
    read, kept = after(disk, monkeypatch, survives, (1, 0, b"a" * SECTOR), (3,), (1, SECTOR, b"b" * SECTOR))
    assert read[:2 * SECTOR] == b"a" * SECTOR + b"b" * SECTOR
    assert kept[:2 * SECTOR] == b"a" * SECTOR + (b"b" if survives else b".") * SECTOR
    assert disk.lost == (0 if survives else 1) and disk.flushes == 1


@pytest.mark.parametrize("survives", [False, True])
def test_what_is_to_be_on_the_disk_at_once_is(disk, monkeypatch, survives):
    _read, kept = after(disk, monkeypatch, survives, (1, 0, b"a" * 3 * SECTOR), (1, SECTOR, b"b" * SECTOR, 1))
    assert kept[SECTOR:2 * SECTOR] == b"b" * SECTOR
    assert kept[:SECTOR] == kept[2 * SECTOR:3 * SECTOR] == (b"a" if survives else b".") * SECTOR


@given(st.integers(0, 20), st.integers(0, 10), st.integers(0, 20), st.integers(0, 10))
def test_a_part_taken_out_of_a_write(offset, length, start, more):
    data = bytes(range(100, 100 + length))
    found = {place + index: byte for place, part in _without(offset, data, start, start + more) for index, byte in enumerate(part)}
    assert found == {offset + index: byte for index, byte in enumerate(data) if not start <= offset + index < start + more}
