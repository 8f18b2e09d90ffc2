# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import errno
import json
import os

import pytest
from hypothesis import given, strategies as st

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import history


def line(action, to, outcome="ok"):
    return {"action": action, "to": to, "outcome": outcome}


@pytest.mark.parametrize("entries, expected", [
    ([], []),
    (["deploy a"], ["a"]),
    (["deploy a", "deploy b", "deploy c"], ["a", "b", "c"]),
    (["deploy a", "deploy a"], ["a"]),
    (["deploy a", "deploy b", "rollback a"], ["a"]),
    (["deploy a", "deploy b", "rollback a", "deploy c"], ["a", "c"]),
    (["deploy a", "deploy b", "deploy a"], ["a", "b", "a"]),
    (["deploy a", "deploy b", "deploy a", "rollback b"], ["a", "b"]),
    (["deploy a", "deploy b", "deploy c", "rollback a"], ["a"]),
    (["deploy a", "deploy b", "rollback x"], ["a", "x"]),
    (["rollback x"], ["x"]),
    (["deploy a", "failed b"], ["a"]),
    (["deploy a", "interrupted b", "deploy c"], ["a", "c"]),
])
def test_stack(entries, expected):
    lines = []
    for entry in entries:
        word, to = entry.split()
        lines.append(line(word, to) if word in ("deploy", "rollback") else line("deploy", to, word))
    assert history.stack(lines) == expected


@pytest.mark.parametrize("ids, current, existing, expected", [
    ("", None, "", None), ("a", "a", "a", None), ("ab", "b", "ab", "a"), ("abc", "c", "ac", "a"), ("abc", "c", "c", None),
    ("ab", "x", "abx", "b"),  # somebody switched by hand
    ("aba", "a", "ab", "b"), ("ab", None, "ab", "b")])
def test_where_a_rollback_goes(ids, current, existing, expected):
    assert history.below_top([line("deploy", release) for release in ids], current, list(existing)) == expected


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abcd"))))
def test_rollbacks_always_end(steps):
    """Whatever happened before, rolling back again and again comes to an end, and visits nothing twice in a row."""
    entries = [line("deploy" if deploy else "rollback", release) for deploy, release in steps]
    current = history.stack(entries)[-1:]
    current = current[0] if current else None
    for _unused in range(len(steps) + 1):
        target = history.below_top(entries, current, "abcd")
        if target is None:
            break
        assert target != current
        entries.append(line("rollback", target))
        current = target
        assert history.stack(entries)[-1] == target
    else:
        raise AssertionError("no end")


def test_newest_were_well():
    entries = [line("deploy", "a"), line("deploy", "b"), line("deploy", "c", "failed"), line("deploy", "a")]
    assert history.newest(entries) == ["a", "b"]


def test_lines_in_the_file(tmp_path):
    path = str(tmp_path / "history.jsonl")
    assert history.read(path) == []
    history.append(path, "deploy", {"user": "ann", "host": "desk"}, None, "a", "ok")
    with open(path, "a") as stream:
        stream.write('{"time": "2026-01-01T00:0')
    history.append(path, "deploy", {}, "a", "b", "failed", "unwell \u00e4\nsecond line")
    found = history.read(path)
    assert [entry["to"] for entry in found] == ["a", "b"]
    assert found[0].pop("time").endswith("Z")
    assert found[0] == {"action": "deploy", "user": "ann", "host": "desk", "from": None, "to": "a", "outcome": "ok"}
    assert found[1]["reason"] == "unwell \u00e4\nsecond line"


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=30),
            st.builds(
                lambda value: json.dumps(value).encode(),
                st.recursive(
                    st.one_of(st.none(), st.text(max_size=5), st.integers()),
                    lambda inner: st.dictionaries(st.sampled_from(["to", "action", "x"]), inner),
                ),
            ),
        )
    )
)
def test_any_lines_can_be_read(tmp_path_factory, lines):
    path = tmp_path_factory.mktemp("history") / "history.jsonl"
    path.write_bytes(b"\n".join(lines))
    entries = history.read(str(path))
    history.stack(entries)
    assert history.newest(entries) == []


def test_a_disk_that_takes_a_part_at_a_time(tmp_path, monkeypatch):
    path, write = str(tmp_path / "history.jsonl"), os.write
    history.append(path, "deploy", {}, None, "a", "ok")
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:10]))
    history.append(path, "deploy", {}, "a", "b", "ok")
    assert [entry["to"] for entry in history.read(path)] == ["a", "b"]


def test_a_disk_that_gets_full_within_a_line(tmp_path, monkeypatch):
    path, write = str(tmp_path / "history.jsonl"), os.write
    history.append(path, "deploy", {}, None, "a", "ok")
    before = (tmp_path / "history.jsonl").read_bytes()

    def full(handle, data):
        if len(data) < 100:
            raise OSError(errno.ENOSPC, "full")
        return write(handle, data[:60])
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError):
        history.append(path, "deploy", {}, "a", "b", "ok")
    assert (tmp_path / "history.jsonl").read_bytes() == before


def test_no_link_is_followed(tmp_path):
    (tmp_path / "passwd").write_text("root\n")
    (tmp_path / "history.jsonl").symlink_to(tmp_path / "passwd")
    with pytest.raises(OSError):
        history.append(str(tmp_path / "history.jsonl"), "deploy", {}, None, "a", "ok")
    assert (tmp_path / "passwd").read_text() == "root\n"
