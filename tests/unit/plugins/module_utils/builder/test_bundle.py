# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is bundled when, and what becomes of it; that auditwheel bundles is seen on the build hosts of the scenario ``build``."""
import os
import shutil

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import bundle
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.choose import Artifact
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.package_factory import wheel_of

ELF = {"module.so": b"\x7fELF and so on"}


class Workshop:
    """Gives what bundling needs of a workshop."""

    def __init__(self, store):
        self.store, self.said = store, []
        self.say = self.said.append

    @staticmethod
    def each(sources, make):
        for source in sources:
            try:
                yield source, make(source), None
            except WheelhouseError as error:
                yield source, None, error


@pytest.fixture
def compiled(store):
    """Return a function that gives a compiled wheel: (source, memo)."""
    def make(name, files=None):
        source = Artifact(name, "1.0", "sdist", f"{name}-1.0.tar.gz", "", name.encode().hex().ljust(64, "0"), 1)
        data, filename = wheel_of(name, files=files), f"{name}-1.0-py3-none-any.whl"
        memo = {"filename": filename, "sha256": source.sha256[::-1], "size": len(data), "source": source.sha256, "requirements": []}
        path = store.path_of("wheels", memo["sha256"], filename)
        os.makedirs(os.path.dirname(path))
        with open(path, "wb") as stream:
            stream.write(data)
        return source, memo
    return make


@pytest.fixture
def repairs(store, monkeypatch, sandbox):
    """In the place of auditwheel: adds a build number. Returns the file names that it was given."""
    done = []

    def repair(_sandbox, folder, wheel):
        name = os.path.basename(wheel)
        done.append(name)
        if name.startswith("bad"):
            raise WheelhouseError("its libraries can't be put into its wheel")
        os.makedirs(folder)
        return shutil.copy(wheel, os.path.join(folder, name.replace("-1.0-", "-1.0-1-")))

    monkeypatch.setattr(bundle, "_repair", repair)
    monkeypatch.setattr(bundle, "_state", lambda: ["a state"])
    return done


def run(workshop, *compiled):
    return bundle.bundle_all(workshop, [source for source, _memo in compiled], {source.sha256: memo for source, memo in compiled})


def test_only_wheels_with_libraries_and_each_once(store, compiled, repairs):
    pure, native = compiled("pure"), compiled("native", ELF)
    workshop = Workshop(store)
    found = run(workshop, pure, native)
    assert found[pure[0].sha256]["filename"] == "pure-1.0-py3-none-any.whl"
    made = found[native[0].sha256]
    assert made["filename"] == "native-1.0-1-py3-none-any.whl" and store.holds("wheels", made["sha256"], made["filename"], made["size"])
    assert repairs == ["native-1.0-py3-none-any.whl"] and len(workshop.said) == 1
    assert run(workshop, pure, native) == found
    assert len(repairs) == len(workshop.said) == 1, "it is remembered"
    assert os.listdir(store.path("work")) == []


def test_another_library_on_the_host_is_another_wheel(store, compiled, repairs, monkeypatch):
    native = compiled("native", ELF)
    run(Workshop(store), native)
    monkeypatch.setattr(bundle, "_state", lambda: ["another state"])
    run(Workshop(store), native)
    assert len(repairs) == 2


def test_one_that_is_gone_is_made_again(store, compiled, repairs):
    native = compiled("native", ELF)
    made = run(Workshop(store), native)[native[0].sha256]
    os.unlink(store.path_of("wheels", made["sha256"], made["filename"]))
    assert run(Workshop(store), native)[native[0].sha256] == made and len(repairs) == 2


def test_all_that_can_not_be_bundled_are_named(store, compiled, repairs):
    with pytest.raises(Blocked) as caught:
        run(Workshop(store), compiled("bad", ELF), compiled("good", ELF), compiled("bad-too", ELF))
    assert [reason["package"] for reason in caught.value.reasons] == ["bad 1.0", "bad-too 1.0"]


def test_the_state_of_a_host(tmp_path, monkeypatch):
    library = tmp_path / "liba.so.1"
    library.write_bytes(b"1")
    monkeypatch.setattr(bundle, "loader_cache", lambda: [("liba.so.1", str(library)), ("libgone.so.1", str(tmp_path / "gone"))])
    monkeypatch.setattr(bundle.importlib.metadata, "version", lambda name: "1.0")
    before = bundle._state()
    assert bundle._state() == before
    library.write_bytes(b"another")
    assert bundle._state() != before
