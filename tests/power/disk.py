# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A disk with a volatile write cache, as real ones have, served to a virtual machine as a network block device (NBD).

Killing a virtual machine loses what its kernel had not written yet; but what it had written, without asking for a flush, would always
be there, and in order. Here it is kept apart until the machine flushes, and when the power is cut each sector of it is there or not.
The protocol is https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md, without extensions.
"""
import contextlib
import os
import random
import socket
import struct
import threading

SECTOR = 512  # bytes that are written all or not at all
_OPTION, _REPLY, _REQUEST, _ANSWER = 0x49484156454F5054, 0x3E889045565A9, 0x25609513, 0x67446698
_EXPORT_NAME, _ABORT, _INFO, _GO = 1, 2, 6, 7
_ACK, _INFORMATION, _UNSUPPORTED = 1, 3, (1 << 31) + 1
_READ, _WRITE, _DISCONNECT, _FLUSH = range(4)
_FUA = 1
_FLAGS = 0b1101  # it has flags, takes flushes, and writes that are on the disk when they are answered
_INVALID = 22


class Disk:
    """The disk whose bytes are the file at ``path``; a machine reaches it at the socket ``address`` (see ``served``)."""

    def __init__(self, path):
        self.path = path
        self.address = path + ".socket"
        self.size = os.stat(path).st_size
        self.seen = os.open(path + ".seen", os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)  # what the machine reads
        self.cached = []  # (offset, bytes) in order, since the last flush
        self.flushes = self.lost = 0

    @contextlib.contextmanager
    def served(self):
        """Have the disk on during the block; whatever its cache held is lost or not at the end."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.address)
        with socket.socket(socket.AF_UNIX) as listener, open(self.path, "r+b") as self.stable:
            self._load()
            listener.bind(self.address)
            listener.listen()
            thread = threading.Thread(target=self._serve, args=[listener], daemon=True)
            thread.start()
            try:
                yield
            finally:
                thread.join(60)
                assert not thread.is_alive(), "the machine still uses its disk"
                self._lose()

    def _load(self):
        os.ftruncate(self.seen, 0)
        os.ftruncate(self.seen, self.size)
        with open(self.path, "rb") as stream:
            offset = 0
            with contextlib.suppress(OSError):  # no more data
                while True:
                    offset = os.lseek(stream.fileno(), offset, os.SEEK_DATA)
                    end = os.lseek(stream.fileno(), offset, os.SEEK_HOLE)
                    while offset < end:
                        offset += os.pwrite(self.seen, os.pread(stream.fileno(), min(1 << 22, end - offset), offset), offset)

    def _lose(self):
        """Cut the power: nothing, all, or a random part of what was cached survives."""
        kept = random.choice([0, 0.1, 0.5, 0.9, 1])
        for offset, data in self.cached:
            for start in range(0, len(data), SECTOR):
                if random.random() < kept:
                    os.pwrite(self.stable.fileno(), data[start:start + SECTOR], offset + start)
                else:
                    self.lost += 1
        self.cached.clear()

    def _serve(self, listener):
        connection, _address = listener.accept()
        with connection, connection.makefile("rb") as reader, contextlib.suppress(EOFError, OSError):
            self._agree(connection, reader)
            while True:
                self._answer(connection, *struct.unpack(">IHHQQI", _read(reader, 28)), reader)

    def _agree(self, connection, reader):
        connection.sendall(struct.pack(">QQH", 0x4E42444D41474943, _OPTION, 1))
        _read(reader, 4)
        while True:
            _magic, option, length = struct.unpack(">QII", _read(reader, 16))
            data = _read(reader, length)
            if option == _EXPORT_NAME:
                connection.sendall(struct.pack(">QH124x", self.size, _FLAGS))
                return
            if option in (_INFO, _GO):
                connection.sendall(struct.pack(">QIII", _REPLY, option, _INFORMATION, 12) + struct.pack(">HQH", 0, self.size, _FLAGS))
            connection.sendall(struct.pack(">QIII", _REPLY, option, _ACK if option in (_INFO, _GO, _ABORT) else _UNSUPPORTED, 0))
            if option == _GO:
                return
            if option == _ABORT:
                raise EOFError(data)

    def _answer(self, connection, magic, flags, kind, handle, offset, length, reader):
        assert magic == _REQUEST, hex(magic)
        data, error = b"", 0
        if kind == _READ:
            data = os.pread(self.seen, length, offset)
        elif kind == _WRITE:
            self._write(offset, _read(reader, length), flags & _FUA)
        elif kind == _FLUSH:
            self._flush()
        elif kind == _DISCONNECT:
            raise EOFError
        else:
            error = _INVALID
        connection.sendall(struct.pack(">IIQ", _ANSWER, error, handle) + data)

    def _write(self, offset, data, at_once):
        os.pwrite(self.seen, data, offset)
        if at_once:
            os.pwrite(self.stable.fileno(), data, offset)
            # what was cached for these sectors is older
            self.cached = [part for old in self.cached for part in _without(*old, offset, offset + len(data))]
        else:
            self.cached.append((offset, data))

    def _flush(self):
        self.flushes += 1
        for offset, data in self.cached:
            os.pwrite(self.stable.fileno(), data, offset)
        self.cached.clear()


def _without(offset, data, start, end):
    """Yield what is left of a write when the bytes from ``start`` to ``end`` are taken out of it."""
    stop = offset + len(data)
    if end <= offset or stop <= start:
        yield offset, data
        return
    if offset < start:
        yield offset, data[:start - offset]
    if end < stop:
        yield end, data[end - offset:]


def _read(reader, length):
    data = reader.read(length)
    if len(data) < length:
        raise EOFError
    return data
