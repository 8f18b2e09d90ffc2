# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import importlib.util
import json
import subprocess
import sys

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import channel
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import payload


def talk(part, *calls, python=sys.executable):
    done = subprocess.run(payload.command(python), input=payload.request(part, list(calls)), shell=True, capture_output=True, check=False)
    return payload.read_reply(python, done.returncode, done.stdout.decode(), done.stderr.decode())


def test_a_host_answers_each_call(tmp_path):
    where = {"root": str(tmp_path / "opt"), "app": "shop"}
    status, again = talk("agent", {"op": "status", **where}, {"op": "status", **where})
    assert status["python"] == again["python"] and status["current"] is None and status["releases"] == []
    assert list(tmp_path.iterdir()) == []


def test_an_error_crosses_the_wire(tmp_path):
    with pytest.raises(WheelhouseError) as caught:
        talk("agent", {"op": "status", "root": str(tmp_path), "app": "../x"})
    assert "not a name for an app" in caught.value.message and caught.value.hint


def test_a_python_that_is_not_there():
    with pytest.raises(WheelhouseError, match="no Python interpreter /no such/python"):
        talk("agent", python="/no such/python")


def test_it_need_not_be_python_that_is_not_there():
    with pytest.raises(WheelhouseError, match="exit code 127") as caught:
        payload.read_reply("python3", 127, "", "/bin/sh: 1: /no/such/sudo: not found")
    assert "/no/such/sudo: not found" in caught.value.log


def reply(value):
    return f"motd of the host\n{channel.MARK}{json.dumps(value)}\n"


def test_what_else_is_printed_does_no_harm():
    assert payload.read_reply("python3", 0, reply({"results": [{"a": 1}]}), "warning: something") == [{"a": 1}]


def test_several_reasons_stay_several():
    error = Blocked("no", [WheelhouseError("first").as_dict(), WheelhouseError("second").as_dict()])
    with pytest.raises(Blocked) as caught:
        payload.read_reply("python3", 1, reply({"error": error.as_dict()}), "")
    assert [reason["message"] for reason in caught.value.reasons] == ["first", "second"]


@pytest.mark.parametrize("rc, stdout, stderr, said", [
    (127, "", "sh: python3: not found", "no Python interpreter python3"),
    (126, "", "sh: python3: Permission denied", "no Python interpreter python3"),
    (137, "", "Killed", "(?s)ended with exit code 137.* killed, or there was not enough memory.*free some memory"),
    (1, "", "Traceback …\nMemoryError", "(?s)not enough memory.*free some memory"),
    (0, "only the motd", "", "gave no reply"),
])
def test_no_reply(rc, stdout, stderr, said):
    with pytest.raises(WheelhouseError, match=said) as caught:
        payload.read_reply("python3", rc, stdout, stderr)
    assert (stderr or stdout) in caught.value.log


@pytest.mark.parametrize("part, most", [("agent", 100_000), ("keeper", 110_000), ("builder", 130_000)])  # bytes; a module of Ansible's own has 160,000
def test_it_is_small_enough_for_every_task(part, most):
    assert len(payload.request(part, [])) < most


def test_it_is_packed_before_workers_are_forked():
    """Ansible imports an action before it forks a worker for each host."""
    payload.code.cache_clear()
    spec = importlib.util.find_spec("ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.production_host")
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    packed = payload.code.cache_info()
    payload.request("agent", [])
    assert packed.currsize == 1 and payload.code.cache_info().misses == packed.misses
