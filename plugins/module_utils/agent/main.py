# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The operations of a production host, by name; each loaded when it is called for, because looking is all that most runs do."""
import importlib
import signal

from ..common.channel import serve

MODULES = {"status": "status", "check": "check", "verify": "signed", "receive": "receive", "stage": "stage", "activate": "activate",
           "rollback": "activate", "confirm": "confirm", "audit": "audit", "upload": "receive", "repair": "repair",
           "install": "install"}


def operation(name):
    """Return the function that carries out the operation ``name``."""
    def call(**arguments):
        module = importlib.import_module("{0}.{1}".format(__package__, MODULES[name]))
        return getattr(module, name)(**arguments)
    return call


OPERATIONS = {name: operation(name) for name in MODULES}


def main(stream):
    """Serve one request from the binary ``stream``; see ``common.channel``."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a lost connection is no reason to stop between switch and health check
    serve(stream, OPERATIONS)
