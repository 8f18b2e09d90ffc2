# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tree of a commit as a tar: the same commit gives the same bytes, whichever git wrote its objects."""
import io
import tarfile

from ..common.errors import WheelhouseError
from .archives import MAX_SIZE
from .sdist import MAX_MEMBERS, SUBDIRECTORY

_LINK, _SUBMODULE, _PROGRAM = "120000", "160000", "100755"
_DEPTH = 8  # of submodules in submodules


class Tree:
    """A tree below the folder ``top`` of the tar, to be built in its sub-folder ``folder`` ("" for itself).

    ``commit`` is written down in the tar as ``git archive`` does; ``moment`` (seconds since 1970) is the time of every file.
    ``instead`` maps paths to bytes that are not, or not so, in the commit.
    """

    def __init__(self, top, folder, commit, moment):
        self.top = top
        self.folder = folder
        self.commit = commit
        self.moment = moment
        self.instead = {}
        self.members = self.size = 0

    def write(self, path, repositories, repository):
        """Write the tree of ``repository`` and its submodules to ``path``. Raises WheelhouseError when it is too large."""
        headers = dict({"comment": self.commit}, **({SUBDIRECTORY: self.folder} if self.folder else {}))
        with tarfile.open(path, "w", format=tarfile.PAX_FORMAT, pax_headers=headers) as archive:
            self._add_all(archive, repositories, repository, "", 0)
            for name in sorted(self.instead):
                self._add(archive, name, len(self.instead[name]), io.BytesIO(self.instead[name]))

    def _add_all(self, archive, repositories, repository, below, depth):
        submodules = []
        with repository.objects() as git:
            for mode, identity, name in repository.entries():
                if mode == _SUBMODULE:
                    submodules.append((name, identity))
                elif below + name not in self.instead:
                    size = self._ask(git, identity)
                    self._add(archive, below + name, size, git.stdout, mode)
                    git.stdout.read(1)  # the line's end behind each object
            git.stdin.close()
            git.wait()
        known = repository.submodules() if submodules else {}
        for name, commit in submodules:
            if name not in known or depth == _DEPTH:
                raise WheelhouseError("its submodule {0!r} has no address, or lies too deep".format(name))
            self._add_all(archive, repositories, repositories.fetch(known[name], commit), below + name + "/", depth + 1)

    @staticmethod
    def _ask(git, identity):
        git.stdin.write(identity.encode("ascii") + b"\n")
        git.stdin.flush()
        answer = git.stdout.readline().split()
        if len(answer) != 3 or answer[1] != b"blob":
            raise WheelhouseError("git did not hand over the object {0}".format(identity))
        return int(answer[2])

    def _add(self, archive, name, size, reader, mode="100644"):
        self.members += 1
        self.size += size
        if self.members > MAX_MEMBERS or self.size > MAX_SIZE:
            raise WheelhouseError("the commit has more than {0} files or {1} bytes".format(MAX_MEMBERS, MAX_SIZE))
        member = tarfile.TarInfo("{0}/{1}".format(self.top, name))
        member.mtime = self.moment
        member.mode = 0o755 if mode == _PROGRAM else 0o644
        if mode == _LINK:
            member.type = tarfile.SYMTYPE
            member.linkname = reader.read(size).decode("utf-8", "surrogateescape")
            archive.addfile(member)
        else:
            member.size = size
            archive.addfile(member, reader)
