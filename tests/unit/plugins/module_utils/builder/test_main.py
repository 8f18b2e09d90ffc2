# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import io
import json

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import main
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import channel


@pytest.mark.parametrize("name", sorted(main.OPERATIONS))
def test_every_operation_can_be_called(name):
    with pytest.raises(TypeError):  # found and called, without its arguments
        main.OPERATIONS[name]()


def ask(capsys, *calls):
    request = json.dumps({"calls": list(calls)}).encode()
    main.main(io.BytesIO(b"%d\n" % len(request) + request))
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith(channel.MARK)]
    return json.loads(line[len(channel.MARK):])


def test_a_request_is_answered(capsys, root):
    assert ask(capsys, {"op": "held", "root": root, "places": []}) == {"results": [{"held": []}]}


@pytest.mark.parametrize("call", [{"op": "poll", "job": "absent"}, {"op": "pack", "places": ["etc/passwd"]}])
def test_an_error_is_answered_too(capsys, root, call):
    assert ask(capsys, {"root": root, **call})["error"]["message"]
