# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import resources

GB = 1 << 30
UNLIMITED = "9223372036854771712"


@pytest.mark.parametrize("waiting, processors, memory, wanted, expected", [
    (1, 8, 64 * GB, None, (8, 8)),
    (3, 8, 64 * GB, None, (8, 2)),
    (20, 8, 64 * GB, None, (8, 1)),
    (20, 8, 3 * GB + 5, None, (3, 1)),      # memory is the shorter of the two
    (2, 8, 5 * GB, None, (5, 2)),
    (20, 8, GB // 2, None, (1, 1)),         # never less than one
    (20, 8, 0, None, (1, 1)),
    (20, 8, None, None, (8, 1)),            # nobody knows: the processors decide
    (20, 8, 64 * GB, 2, (2, 4)),
    (20, 2, 64 * GB, 6, (6, 1)),            # what the user asks for is done
    (0, 2, 64 * GB, None, (2, 2)),
])
def test_share(waiting, processors, memory, wanted, expected):
    assert resources.share(waiting, processors, memory, wanted) == expected


def tree(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def v2(limit, usage, cache=0):
    return {"memory.max": limit, "memory.current": str(usage), "memory.stat": f"anon 5\ninactive_file {cache}\nactive_file 9\n"}


def v1(limit, usage, cache=0):
    return {"memory.limit_in_bytes": str(limit), "memory.usage_in_bytes": str(usage),
            "memory.stat": f"inactive_file 1\ntotal_inactive_file {cache}\n"}


def below(path, files):
    return {f"cgroup/{path}{name}": text for name, text in files.items()}


@pytest.mark.parametrize("groups, files, expected", [
    ("", {}, 8 * GB),
    ("0::/\n", {}, 8 * GB),                                                                        # the root group has no limit
    ("0::/a.slice/b.scope\n", below("a.slice/b.scope/", v2("max\n", 5)), 8 * GB),
    ("0::/a.slice/b.scope\n", below("a.slice/b.scope/", v2(f"{4 * GB}\n", GB)), 3 * GB),
    ("0::/a.slice/b.scope\n", below("a.slice/b.scope/", v2(f"{4 * GB}", 4 * GB, GB)), GB),         # page cache gives way
    ("0::/a/b\n", {**below("a/b/", v2(f"{4 * GB}", GB)), **below("a/", v2(f"{2 * GB}", GB))}, GB),  # the one above is narrower
    ("0::/../b\n", below("", v2(f"{2 * GB}", GB)), GB),                                            # in a container
    ("0::/a\n", below("a/", v2(f"{GB}", 2 * GB)), 0),
    ("0::/a\n", below("a/", v2("nonsense", 1)), 8 * GB),
    ("4:memory:/x\n1:cpu:/x\n0::/\n", below("memory/x/", v1(3 * GB, GB)), 2 * GB),
    ("4:cpu,memory:/x\n", below("memory/x/", v1(3 * GB, 2 * GB, GB)), 2 * GB),
    ("4:memory:/docker/abc\n", below("memory/", v1(3 * GB, GB)), 2 * GB),                          # the path is the host's
    ("4:memory:/x\n", below("memory/x/", v1(UNLIMITED, GB)), 8 * GB),
    ("nonsense\n", {}, 8 * GB),
])
def test_available_memory(tmp_path, groups, files, expected):
    tree(tmp_path, {"proc/meminfo": f"MemTotal: {9 << 20} kB\nMemAvailable:   {8 << 20} kB\n", "proc/self/cgroup": groups, **files})
    assert resources.available_memory(str(tmp_path / "proc"), str(tmp_path / "cgroup")) == expected


def test_memory_that_nobody_knows(tmp_path):
    assert resources.available_memory(str(tmp_path), str(tmp_path)) is None


def test_here():
    assert resources.processors() >= 1 and resources.available_memory() > 1 << 20
