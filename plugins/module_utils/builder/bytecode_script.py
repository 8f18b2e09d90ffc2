# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run by itself, in a fresh interpreter for each wheel: compile the wheel's Python files into a zip of .pyc files.

The order in which an interpreter compiles leaves traces in what marshal writes (which strings are shared), so that only
a fresh one, given the same wheel, gives the same bytes. The files are unchecked-hash based (PEP 552): nothing compares
them with a time stamp or the source again.

Arguments: the wheel, the zip to write, and how much to compress (0 to 9).
"""
import importlib.util
import marshal
import re
import sys
import warnings
import zipfile

UNCHECKED_HASH = (1).to_bytes(4, "little")


def installed_path(name):
    """Return where a wheel's member goes below site-packages (PEP 427), or None when it goes elsewhere."""
    data = re.match(r"[^/]+\.data/([^/]+)/(.+)", name)
    if not data:
        return name
    return data.group(2) if data.group(1) in ("purelib", "platlib") else None


def compile_source(source, path):
    """Return the bytes of a .pyc file for the bytes of a Python file, or None when it does not compile."""
    try:
        code = compile(source, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return None  # templates and files for other versions of Python
    return importlib.util.MAGIC_NUMBER + UNCHECKED_HASH + importlib.util.source_hash(source) + marshal.dumps(code)


def main(wheel, output, level):
    """Write the zip: members in order, with a fixed time, so that the same wheel gives the same bytes."""
    warnings.simplefilter("ignore")
    with zipfile.ZipFile(wheel) as archive, zipfile.ZipFile(output, "w") as compiled:
        paths = ((installed_path(name), name) for name in archive.namelist() if name.endswith(".py"))
        for path, name in sorted((path, name) for path, name in paths if path):
            code = compile_source(archive.read(name), path)
            if code is not None:
                member = zipfile.ZipInfo(importlib.util.cache_from_source(path, optimization=""), (1980, 1, 1, 0, 0, 0))
                member.external_attr = 0o100644 << 16
                compiled.writestr(member, code, zipfile.ZIP_DEFLATED if int(level) else zipfile.ZIP_STORED, int(level))


if __name__ == "__main__":
    main(*sys.argv[1:])
