# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.build_lock_file import (
    forget_build_locks, merged, of_packages, path_beside, read_build_locks, write_build_locks)


def file(name="setuptools", version="80.9.0", digit="a", size=3):
    return {"name": name, "version": version, "filename": f"{name}-{version}-py3-none-any.whl", "url": f"https://example.org/{name}.whl",
            "sha256": digit * 64, "size": size}


def lock(name="psycopg2", version="2.9", platform="cp311-glibc-x86_64", files=(), **more):
    return {"name": name, "version": version, "platform": platform, "requires": ["setuptools>=61"], "added": [], "files": list(files), **more}


@pytest.mark.parametrize("lock_name, name", [("pylock.toml", "pylock-build.toml"), ("pylock.web.toml", "pylock-build.web.toml")])
def test_where_it_lies(lock_name, name):
    assert path_beside(f"/srv/pylock/{lock_name}") == f"/srv/pylock/{name}"


def test_what_is_written_is_read(tmp_path):
    path = str(tmp_path / "pylock-build.toml")
    assert read_build_locks(path) == []
    locks = [lock(files=[file()]), lock("zope", files=[file("cython", "3.0", "b", None), file()], added=["cython<4"]), lock("pure", requires=[])]
    write_build_locks(path, locks)
    assert read_build_locks(path) == merged([], locks)
    before = (tmp_path / "pylock-build.toml").read_bytes()
    write_build_locks(path, locks[::-1])
    assert (tmp_path / "pylock-build.toml").read_bytes() == before and before.count(b"setuptools.whl") == 1


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20)


NAMES, VERSIONS = st.from_regex(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", fullmatch=True), st.sampled_from(["", "1", "2.0rc1", "1!3+local.4"])


@given(st.lists(st.builds(lock, name=NAMES, version=VERSIONS, platform=TEXTS, requires=st.lists(TEXTS), added=st.lists(TEXTS))))
def test_whatever_the_texts_are(tmp_path_factory, locks):
    path = str(tmp_path_factory.mktemp("locks") / "pylock-build.toml")
    write_build_locks(path, merged([], locks))
    assert read_build_locks(path) == merged([], locks)


def test_new_locks_replace_those_of_the_same_source_and_platform():
    old, new, other = lock(files=[file(digit="a")]), lock(files=[file(digit="b")]), lock(platform="cp313-glibc-x86_64")
    assert merged([old, other], [new]) == [new, other]


def test_locks_of_versions_that_are_no_longer_locked_are_left_out():
    locks = [lock(version="2.8"), lock(version="2.9"), lock("setuptools-scm", "8.0"), lock("shop", "")]
    assert of_packages(locks, [{"name": "psycopg2", "version": "2.9"}]) == locks[1:]


@pytest.mark.parametrize("upgraded, kept", [([], ["a-b", "c"]), (["A_b"], ["c"]), (["x"], ["a-b", "c"]), ([":all:"], [])])
def test_an_upgrade_locks_build_requirements_anew(tmp_path, upgraded, kept):
    path = str(tmp_path / "pylock-build.toml")
    assert forget_build_locks(path, upgraded) is False
    write_build_locks(path, [lock("a-b"), lock("c")])
    assert forget_build_locks(path, upgraded) is (len(kept) < 2)
    assert [found["name"] for found in read_build_locks(path)] == kept


@pytest.mark.parametrize("text, said", [
    ("[nonsense", "is not TOML"),
    ("locks = 1", "its locks are not a list"),
    ("files = 1", "its files are not a list"),
    ("locks = [1]", "is not described by name, version"),
    ("[[locks]]\nname = 'a'\nversion = '1'\nplatform = 'p'\nrequires = [1]\nadded = []\nfiles = []", "is not described by"),
    (f"[[locks]]\nname = 'a'\nversion = '1'\nplatform = 'p'\nrequires = []\nadded = []\nfiles = ['{'c' * 64}']", "has no table under"),
    ("[[files]]\nfilename = 'a.whl'", "a.whl is not described by"),
    ("[[files]]\nname='a'\nversion='1'\nfilename='a.whl'\nurl='https://example.org'\nsha256='md5'", "a.whl has no SHA-256"),
    (f"[[files]]\nname='a'\nversion='1'\nfilename='../a.whl'\nurl='https://example.org'\nsha256='{'c' * 64}'", "is not the name of a file"),
    (f"[[files]]\nname='a'\nversion='1'\nfilename='a.whl'\nurl='https://example.org'\nsha256='{'c' * 64}'\nsize=-1", "has the size -1"),
    (f"[[files]]\nname='/usr/lib'\nversion='1'\nfilename='a.tar.gz'\nurl='https://example.org'\nsha256='{'c' * 64}'", "which can't be"),
    (f"[[files]]\nname='a'\nversion='1/../../../etc'\nfilename='a.tar.gz'\nurl='https://example.org'\nsha256='{'c' * 64}'", "which can't be"),
    ("[[locks]]\nname = 'a/../b'\nversion = '1'\nplatform = 'p'\nrequires = []\nadded = []\nfiles = []", "can't be"),
    ("[[locks]]\nname = 'a'\nversion = '../1'\nplatform = 'p'\nrequires = []\nadded = []\nfiles = []", "can't be"),
])
def test_one_that_was_edited_into_nonsense(tmp_path, text, said):
    (tmp_path / "pylock-build.toml").write_text(text)
    with pytest.raises(WheelhouseError) as caught:
        read_build_locks(str(tmp_path / "pylock-build.toml"))
    assert said in str(caught.value) and "locked anew" in str(caught.value)
