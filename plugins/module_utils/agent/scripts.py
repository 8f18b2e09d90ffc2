# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The commands in a release's bin: those that entry points ask for, and script files with their first line put right."""
import configparser
import re

from ..common.errors import WheelhouseError

LONGEST_SHEBANG = 127  # bytes with "#!"; what older kernels read of it

_ANY_PYTHON = b"#!python"
_TARGET = re.compile(r"(?P<module>\w+(?:\.\w+)*)\s*:\s*(?P<attribute>\w+(?:\.\w+)*)\s*(?:\[[^\]]*\])?")

_WRAPPER = """import sys

from {module} import {top}

if __name__ == "__main__":
    sys.exit({attribute}())
"""


def parse_entry_points(text):
    """Return the commands of entry_points.txt as ``{name: (module, attribute)}`` (console and gui scripts alike).

    Raises WheelhouseError for a text that is not one, and for a command without a function.
    """
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=False, default_section=None)
    parser.optionxform = str
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise WheelhouseError("entry_points.txt is damaged: {0}".format(error))
    commands = {}
    for section in ("console_scripts", "gui_scripts"):
        for name, value in parser.items(section) if parser.has_section(section) else ():
            found = _TARGET.fullmatch(value.strip()) if value else None
            if not found or not command_name(name):
                raise WheelhouseError("entry_points.txt has no command that can be made: {0} = {1}".format(name, value))
            commands[name] = (found.group("module"), found.group("attribute"))
    return commands


def command_name(name):
    """Tell whether ``name`` can be a command: what a shell takes as one word, and as no option."""
    return re.fullmatch(r"\w[\w.+@~-]{0,99}", name) is not None


def shebang(python):
    """Return the first lines of a script that ``python``, an absolute path, is to run; bytes.

    A path with spaces, or too long for the kernel, is started by way of /bin/sh: the lines then are at once a shell command
    and a string of Python.
    """
    line = "#!{0}".format(python)
    if len(line.encode("utf-8")) <= LONGEST_SHEBANG and not re.search(r"\s", python):
        return (line + "\n").encode("utf-8")
    quoted = re.sub(r'([\\"$`])', r"\\\1", python)
    return "#!/bin/sh\n'''exec' \"{0}\" \"$0\" \"$@\"\n' '''\n".format(quoted).encode("utf-8")


def wrapper(python, module, attribute):
    """Return the bytes of the command that calls ``attribute`` of ``module``."""
    text = _WRAPPER.format(module=module, attribute=attribute, top=attribute.split(".")[0])
    return shebang(python) + text.encode("utf-8")


def names_python(path):
    """Tell whether the script file at ``path`` is to be run by whichever Python it is installed for (PEP 427)."""
    with open(path, "rb") as stream:
        return stream.read(len(_ANY_PYTHON)) == _ANY_PYTHON


def rewritten(path, python):
    """Return the bytes of such a script, to be run by ``python``, an absolute path."""
    with open(path, "rb") as stream:
        stream.readline()
        return shebang(python) + stream.read()
