# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files that make a host out of an image: its keys, what it takes over from the machine, what ``files`` names."""
import io
import tarfile

from . import access, machine
from .definition import REPOSITORY

DEPLOY = 1000  # uid and gid of the first ordinary user of an image


def _own_files(host):
    """Yield (path, content, mode, owner); no content for a folder."""
    private, public = access.host_key(host)
    yield "etc/ssh/ssh_host_ed25519_key", private, 0o600, 0
    yield "etc/ssh/ssh_host_ed25519_key.pub", public, 0o644, 0
    for home, owner in (("root", 0), ("home/deploy", DEPLOY)):
        yield f"{home}/.ssh", None, 0o700, owner
        yield f"{home}/.ssh/authorized_keys", access.login_key(), 0o600, owner
    if host.network.way_out:
        yield "etc/apt/sources.list", "".join(line + "\n" for line in machine.apt_sources(host.image.suite)).encode(), 0o644, 0
        yield "etc/apt/apt.conf.d/50machine", "".join(line + "\n" for line in machine.apt_options()).encode(), 0o644, 0
        trusted = machine.certificates()
        if trusted is not None:
            yield "etc/ssl/certs/ca-certificates.crt", trusted, 0o644, 0


def tar(host):
    """Return a tar, as bytes, to be unpacked at the root of the host's file system; the same bytes for the same files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, content, mode, owner in _own_files(host):
            member = tarfile.TarInfo(path)
            member.mode, member.uid, member.gid = mode, owner, owner
            if content is None:
                member.type = tarfile.DIRTYPE
            else:
                member.size = len(content)
            archive.addfile(member, io.BytesIO(content or b""))
        top = REPOSITORY / host.files
        for path in sorted(top.rglob("*")) if host.files else []:
            if path.is_symlink() or path.is_file():
                member = archive.gettarinfo(path, path.relative_to(top).as_posix())
                member.mtime, member.uid, member.gid, member.uname, member.gname = 0, 0, 0, "", ""
                member.mode = 0o755 if member.mode & 0o100 else 0o644
                with (io.BytesIO() if path.is_symlink() else path.open("rb")) as content:
                    archive.addfile(member, content)
        end = archive.offset
    # without the padding after the end mark, which podman does not wait for
    return buffer.getvalue()[:end + 2 * tarfile.BLOCKSIZE]
