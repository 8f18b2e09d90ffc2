# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run by itself, in a fresh interpreter for each wheel: compile the Python files that come on standard input.

The order in which an interpreter compiles leaves traces in what marshal writes (which strings are shared), so that only
a fresh one, given the same files, gives the same bytes. It imports next to nothing, because it is started often.

For each file come a line ``{length} {path}`` and the source; what goes out is a line ``{length}`` and the code as marshal writes it,
of length 0 when the file does not compile.
"""
import marshal
import sys


def compile_source(source, path):
    """Return the marshalled code of a Python file (bytes), or nothing when it does not compile."""
    try:
        return marshal.dumps(compile(source, path, "exec", dont_inherit=True))
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return b""  # templates and files for other versions of Python


def main(given, wanted):
    """Compile the files of the binary stream ``given`` one after the other into ``wanted``."""
    for line in iter(given.readline, b""):
        length, _space, path = line[:-1].decode("utf-8").partition(" ")
        code = compile_source(given.read(int(length)), path)
        wanted.write(b"%d\n" % len(code) + code)
        wanted.flush()  # should the next one end this process, it is known which it was


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
