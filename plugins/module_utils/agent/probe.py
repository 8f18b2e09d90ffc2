# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs in a child process, in the interpreter of a release: tries what the application will need.

This file is handed to the child as text, so it imports nothing of ours. It reads from standard input, as JSON,
``{"distributions": {name: version}, "libraries": [sonames], "imports": [modules]}``, and writes lines of JSON: ``{"trying": ...}``
before something that may end the process, ``{"failed": kind, "name": ..., "reason": ..., "log": ...}`` for each failure, and
``{"done": true}`` at the end.
"""
import importlib
import json
import os
import re
import sys
import traceback


def main():
    reply = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what modules print while they are imported is not for our reader

    def say(**line):
        reply.write(json.dumps(line) + "\n")
        reply.flush()

    wanted = json.loads(sys.stdin.buffer.read().decode("utf-8"))
    for name, reason in distribution_failures(wanted.get("distributions", {}), sys.path):
        say(failed="distribution", name=name, reason=reason)
    for soname in wanted.get("libraries", []):
        say(trying="to load {0}".format(soname))
        missing = missing_library(soname)
        if missing:
            say(failed="library", name=soname, reason=missing)
    for module in wanted.get("imports", []):
        say(trying="to import {0}".format(module))
        try:
            importlib.import_module(module)
        except BaseException as error:  # a module may even call sys.exit
            say(failed="import", name=module, reason="{0}: {1}".format(type(error).__name__, error),
                log=last_lines(traceback.format_exc()))
    say(done=True)
    os._exit(0)  # threads that a module started are not waited for


def last_lines(text):
    """Return the end of a traceback without the lines of the import system and the markers below others."""
    lines = [line for line in text.splitlines() if '"<frozen importlib' not in line and line.strip(" ^~")]
    return "\n".join(lines[-12:])


def missing_library(soname):
    """Return the name of the library that the loader cannot find for ``soname``; "" when it is there."""
    try:
        import ctypes
    except ImportError:
        return ""  # an interpreter built without it cannot tell; importing will
    try:
        ctypes.CDLL(soname)
    except OSError as error:
        found = re.match(r"([^:]+): cannot open shared object file|Error loading shared library ([^:]+):", str(error))
        if found:  # any other complaint is about a library that is there
            return found.group(1) or found.group(2)
    return ""


def distribution_failures(wanted, folders):
    """Return ``(name, reason)`` for each distribution that an import system looking at ``folders`` would not find as wanted."""
    found = {}
    for folder in folders:
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in names:
            if name.endswith(".dist-info"):
                headers = read_headers(os.path.join(folder, name, "METADATA"))
                found.setdefault(re.sub(r"[-_.]+", "-", headers.get("name", "")).lower(), headers.get("version", ""))
    return [(name, "found version {0}".format(found[name]) if name in found else "not found")
            for name, version in sorted(wanted.items()) if found.get(name) != version]


def read_headers(path):
    headers = {}
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            for line in stream:
                name, colon, value = line.partition(":")
                if not line.strip():
                    break
                headers.setdefault(name.lower(), value.strip())
    except OSError:
        pass
    return headers


if __name__ == "__main__":
    main()
