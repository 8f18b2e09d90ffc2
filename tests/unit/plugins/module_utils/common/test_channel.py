# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import io
import json

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import channel
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError


def converse(capsys, operations, calls, rest=b""):
    """Return the reply to these calls."""
    request = json.dumps({"calls": calls}).encode()
    stream = io.BytesIO(str(len(request)).encode() + b"\n" + request + rest)
    channel.serve(stream, operations)
    assert stream.read() == b""
    output = capsys.readouterr().out
    lines = [line for line in output.splitlines() if line.startswith(channel.MARK)]
    assert len(lines) == 1 and output.endswith("\n")
    return json.loads(lines[0][len(channel.MARK):])


def test_calls_in_order(capsys):
    operations = {"add": lambda a, b: {"sum": a + b}, "say": lambda text="": {"text": text}}
    reply = converse(capsys, operations, [{"op": "add", "a": 1, "b": 2}, {"op": "say", "text": "\u00e4"}, {"op": "say"}])
    assert reply == {"results": [{"sum": 3}, {"text": "\u00e4"}, {"text": ""}]}


def test_the_stream_is_for_who_asks(capsys):
    def read(stream):
        return {"read": stream.read(4).decode()}
    assert converse(capsys, {"read": read}, [{"op": "read", "stream": "-"}], b"tar and more")["results"] == [{"read": "tar "}]
    reply = converse(capsys, {"path": lambda stream: {"path": stream}}, [{"op": "path", "stream": "/upload.tar"}])
    assert reply["results"] == [{"path": "/upload.tar"}]


def test_memory_that_runs_out(capsys):
    error = converse(capsys, {"work": fail(MemoryError())}, [{"op": "work"}], b"x" * (1 << 17))["error"]
    assert error["message"] == "there was not enough memory" and "free some memory on the host" in error["hint"] and not error["log"]


def fail(error):
    def operation():
        raise error
    return operation


@pytest.mark.parametrize(
    "error, message, hint",
    [
        (WheelhouseError("no room", hint="make some"), "no room", "make some"),
        (OSError(28, "No space left on device"), "[Errno 28] No space left on device", ""),
        (KeyError("x"), "unexpected KeyError: 'x'", "this is a defect of nogcc.wheelhouse; please report it with these lines"),
    ],
)
def test_an_error_ends_the_calls(capsys, error, message, hint):
    operations = {"good": lambda: {}, "bad": fail(error)}
    reply = converse(capsys, operations, [{"op": "good"}, {"op": "bad"}, {"op": "good"}], b"rest" * 1000)
    assert reply["results"] == [{}]
    assert (reply["error"]["message"], reply["error"]["hint"]) == (message, hint)
    assert ("Traceback" in reply["error"]["log"]) == isinstance(error, KeyError)


def test_what_nobody_offers(capsys):
    assert "unexpected KeyError" in converse(capsys, {}, [{"op": "none"}])["error"]["message"]
    assert "unexpected TypeError" in converse(capsys, {"f": lambda: {}}, [{"op": "f", "x": 1}])["error"]["message"]
