# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The host's end of the conversation: one request on standard input, one reply on standard output.

The controller sends, each after a line with its length in bytes: this package's sources, compressed (see ``bootstrap.py``), and the
request as JSON, ``{"calls": [{"op": ..., ...}, ...]}``; what follows, if anything, is a tar for one of the calls.
Nothing is printed before all of the input was read, because the sender writes it in one blocking call.
"""
import json
import sys
import traceback

from .errors import WheelhouseError

MARK = "#nogcc.wheelhouse-reply# "
MORE_MEMORY = "free some memory on the host, or raise the limit of this login, then run again: it goes on from what is done"


def read_block(stream):
    """Read one length-prefixed block of bytes."""
    return stream.read(int(stream.readline()))


def serve(stream, operations):
    """Carry out the calls of one request, in order, until one fails; print the reply.

    ``operations`` maps an op's name to a function that takes the call's other members as keywords, and the
    input stream as ``stream`` when the call says ``"stream": "-"``.
    """
    request = json.loads(read_block(stream).decode("utf-8"))
    reply = {"results": []}
    try:
        for call in request["calls"]:
            arguments = dict(call)
            operation = operations[arguments.pop("op")]
            if arguments.get("stream") == "-":
                arguments["stream"] = stream
            reply["results"].append(operation(**arguments))
    except WheelhouseError as error:
        reply["error"] = error.as_dict()
    except OSError as error:
        reply["error"] = WheelhouseError("{0}".format(error)).as_dict()
    except MemoryError:
        reply["error"] = WheelhouseError("there was not enough memory", hint=MORE_MEMORY).as_dict()
    except Exception as error:  # a defect of ours: say all that helps to find it
        reply["error"] = WheelhouseError(
            "unexpected {0}: {1}".format(type(error).__name__, error), log=traceback.format_exc(),
            hint="this is a defect of nogcc.wheelhouse; please report it with these lines").as_dict()
    while stream.read(1 << 16):  # where there is no memory, there is some for this
        pass
    sys.stdout.write("\n" + MARK + json.dumps(reply, sort_keys=True) + "\n")
    sys.stdout.flush()
