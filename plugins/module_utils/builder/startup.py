# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What makes the interpreter of a build environment another than the one that it comes from; it is written into the environment.

- Some back ends build in a temporary folder, whose name then stands in what they make: two builds are to choose the same names.
  Nobody else writes where a build has its temporary files.
- Extension modules are compiled with the flags that Python itself was compiled with, for most distributions with debug information. It
  is the larger part of such a module, takes a sixth of the compiler's time, holds the build's paths, and no production host has use for
  it. Who wants it for a package asks for it in that package's own settings.
"""
import os
import re
import sys
import sysconfig

_FOLDER = "startup"
_DATA = re.compile(r"_sysconfigdata_.*[.]py")
_STEADY_NAMES = "import tempfile; tempfile._RandomNameSequence.rng = __import__('random').Random(1)\n"
_FIRST = "import sys; sys.path.insert(0, {0!r})\n"
# Stands before a module of the same name, which sysconfig, or some version of distutils, asks for these flags.
_NO_DEBUG_INFORMATION = '''\
import importlib.machinery
import importlib.util
import os
import re
import sys

_others = [path for path in sys.path if os.path.realpath(path) != os.path.realpath(os.path.dirname(__file__))]
_spec = importlib.machinery.PathFinder.find_spec(__name__, _others)
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
build_time_vars = {name: re.sub(r"(?<!\\S)-g(gdb|dwarf(-\\d)?)?\\d?(?!\\S)", "", value) if isinstance(value, str) and "-g" in value else value
                   for name, value in _module.build_time_vars.items()}
'''

#: All of it, as text, for what depends on it.
TEXT = _STEADY_NAMES + _FIRST + _NO_DEBUG_INFORMATION


def files(folder, site):
    """Yield (path, text) of the files to write into the environment in ``folder``, whose site-packages are ``site``."""
    own = os.path.join(folder, _FOLDER)
    names = sorted(filter(_DATA.fullmatch, os.listdir(_standard_library())))
    for name in names:
        yield os.path.join(own, name), _NO_DEBUG_INFORMATION
    yield os.path.join(site, "nogcc_wheelhouse.pth"), _STEADY_NAMES + (_FIRST.format(own) if names else "")


def _standard_library():
    """Return the folder with the data that sysconfig reads, and, on Debian, a second set for an older distutils."""
    sysconfig.get_config_vars()  # imports its own
    return next((os.path.dirname(module.__file__) for name, module in list(sys.modules.items()) if _DATA.fullmatch(name + ".py")),
                sysconfig.get_path("stdlib"))
