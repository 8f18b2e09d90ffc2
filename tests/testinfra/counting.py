# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run asks of each host over SSH, counted by programs in the place of ssh and sftp."""
import collections

from tests.bed import definition

PROGRAM = """#!/bin/sh
for word in "$@"; do case $word in {names}) echo "$word" >> '{log}'; break ;; esac; done
exec {program} "$@"
"""


class Counting:
    """The programs, in ``folder``; ``variables`` have Ansible use them."""

    def __init__(self, folder):
        self._logs = {}
        self.variables = {}
        for program, shape in (("ssh", "{}"), ("sftp", "'['{}']'")):
            self._logs[program] = folder / f"{program}.log"
            names = "|".join(shape.format(name) for name in definition.load().hosts)
            (folder / program).write_text(PROGRAM.format(names=names, log=self._logs[program], program=program), encoding="utf-8")
            (folder / program).chmod(0o755)
            self.variables[f"ansible_{program}_executable"] = str(folder / program)
        self.forget()

    def forget(self):
        """Begin to count anew."""
        for log in self._logs.values():
            log.write_text("", encoding="utf-8")

    @property
    def executions(self):
        """How many executions each host saw, ``{name: number}``."""
        return self._count("ssh")

    @property
    def transfers(self):
        """How many file transfers each host saw, ``{name: number}``."""
        return self._count("sftp")

    def _count(self, program):
        return dict(collections.Counter(line.strip("[]") for line in self._logs[program].read_text(encoding="utf-8").split()))
