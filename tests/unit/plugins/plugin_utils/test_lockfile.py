# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import copy
import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.lockfile import differences, is_lock_name, parse_lock, remember, versions_for
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.requirements import Requirements

SHA = "0" * 64
PLATFORM = {"python": "3.11", "abi": "cp311", "machine": "x86_64", "libc": "glibc", "libc_version": "2.36", "os": "debian-12"}


def package(name="a", version='"1.0"', more="", url="https://example.org/a-1.0.tar.gz", hashes=f'sha256 = "{SHA}"', size=1):
    return f"""
[[packages]]
name = "{name}"
version = {version}
{more}
sdist = {{ url = "{url}", size = {size}, hashes = {{ {hashes} }} }}
"""


def lock(*packages):
    return 'lock-version = "1.0"\ncreated-by = "somebody"\n' + "".join(packages)


def commit(identity, url="https://example.org/a", kind="git", more=""):
    return f'''lock-version = "1.0"
[[packages]]
name = "a"
vcs = {{ type = "{kind}", url = "{url}", commit-id = {identity}{more} }}
'''


def wanting(*wanted, constraints=()):
    return Requirements("/", "main.in", {}, sorted(wanted), sorted(constraints))


@pytest.mark.parametrize("name, is_one", [
    ("pylock.toml", True), ("/x/pylock.toml", True), ("pylock.web.toml", True), ("pylock.a.b.toml", False), ("pylock..toml", False),
    ("poetry.lock", False), ("requirements.txt", False), ("xpylock.toml", False)])
def test_is_lock_name(name, is_one):
    assert is_lock_name(name) is is_one


def test_reads_a_lock():
    found = parse_lock(lock(package("A_b"), package("b", url="https://example.org/b%2B1-1.0.zip?x=y#z")), "pylock.toml")
    assert [(row["name"], row["sdist"]["filename"]) for row in found.packages] == [("a-b", "a-1.0.tar.gz"), ("b", "b+1-1.0.zip")]
    assert found.answers is None and len(found.sha256) == 64


def test_the_hash_is_of_the_bytes():
    text = lock(package())
    assert parse_lock(text, "x").sha256 != parse_lock(text + "\n", "x").sha256


def test_dates_do_not_hinder_the_journey():
    more = 'wheels = [{ url = "https://example.org/a-1.0-py3-none-any.whl", upload-time = 2024-01-01T00:00:00Z, hashes = { sha256 = "%s" } }]' % SHA
    json.dumps(parse_lock(lock(package(more=f"index = 2024-01-01\n{more}")), "x").packages)


@pytest.mark.parametrize("text, said", [
    ("not [toml", "is not TOML"),
    ("", "no lock of PEP 751"),
    ('lock-version = "2.0"', "lock-version is '2.0'"),
    ("lock-version = 1.0", "lock-version is 1.0"),
    ('lock-version = "1.0"', "locks no packages"),
    ('lock-version = "1.0"\npackages = "none"', "locks no packages"),
    ('lock-version = "1.0"\npackages = ["a"]', "it has no name"),
    (lock(package(version='"one"')), "'one' is not a version"),
    (lock(package(version="1")), "1 is not a version"),
    (lock(package(more='marker = "what"')), "'what' is not a marker"),
    (lock(package(more="marker = 3")), "3 is not a marker"),
    (lock(package(hashes='md5 = "00"')), "a-1.0.tar.gz has no SHA-256"),
    (lock(package(hashes='sha256 = "XYZ"')), "a-1.0.tar.gz has no SHA-256"),
    (lock(package(url="no/scheme.tar.gz")), "has no URL"),
    (lock(package(url="https://example.org/")), "not the name of a file"),
    (lock(package(url="https://example.org/%2e%2e%2fetc")), "not the name of a file"),
    (lock(package(url="https://example.org/a%00b.tar.gz")), "not the name of a file"),
    (lock(package(url="https://example.org/a%5cb.tar.gz")), "not the name of a file"),
    (lock(package(url="https://example.org/-a.tar.gz")), "not the name of a file"),
    (lock(package(url=f"https://example.org/{'a' * 300}.tar.gz")), "not the name of a file"),
    (lock(package(name="../../etc")), "not the name of a package"),
    (lock(package(name="")), "not the name of a package"),
    (lock(package(more="x = " + "[" * 5000 + "]" * 5000)), "is not TOML"),
    (lock(package(size=-1)), "has the size -1"),
    (lock(package(size='"1"')), "has the size '1'"),
    (lock(package(more="wheels = 3")), "wheels are not a list"),
    (lock(package(more="wheels = [3]")), "an artifact is not a table"),
    ('lock-version = "1.0"\n[[packages]]\nname = "a"\nsdist = 3', "an artifact is not a table"),
    ('lock-version = "1.0"\n[[packages]]\nname = "a"\nversion = "1"', "no other source"),
    (commit('"abc"'), "its commit-id 'abc' is not a full one"),
    (commit("3"), "its commit-id 3 is not a full one"),
    (commit(f'"{"a" * 40}"', url="ssh://git@example.org/a"), "only git at https:// can be built"),
    (commit(f'"{"a" * 40}"', kind="hg"), "it comes from hg"),
    (commit(f'"{"a" * 40}"', more=", subdirectory = 3"), "its subdirectory is 3"),
    (commit(f'"{"a" * 40}"', url="https://user:secret@example.org/a"), "the URL https://example.org/a has credentials in it"),
    (commit(f'"{"a" * 40}"', url="https://user:secret/x@example.org/a"), "its URL has a port that is no number, or credentials"),
    (commit(f'"{"a" * 40}"', url="ssh://user:secret/x@example.org/a"), "it comes from git at ssh://example.org/a"),
    (lock(package(url="https://user:s/secret@example.org", hashes="")), "its URL has a port that is no number, or credentials"),
    (lock(package(url="https://user:secret/x@example.org/a-1.0.tar.gz")), "its URL has a port that is no number, or credentials"),
    ('lock-version = "1.0"\n[[packages]]\nname = "a"\nvcs = 3', "its vcs is not a table"),
    ('lock-version = "1.0"\n[[packages]]\nname = "a"\narchive = { path = "../a/" }', "not the name of a file"),
])
def test_nonsense(text, said):
    with pytest.raises(WheelhouseError) as caught:
        parse_lock(text, "/x/pylock.toml")
    assert said in str(caught.value) and "/x/pylock.toml" in str(caught.value) and "nogcc.wheelhouse.lock" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_everything_wrong_at_once():
    with pytest.raises(Blocked) as caught:
        parse_lock(lock(package("a", version='"one"'), package("b", hashes="")), "pylock.toml")
    assert [reason["package"] for reason in caught.value.reasons] == ["a", "b"]


ANYTHING = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8),
                        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=8)
SOUND = {"lock-version": "1.0", "packages": [{
    "name": "a", "version": "1.0", "marker": "python_version > '3'", "requires-python": ">=3",
    "sdist": {"url": "https://example.org/a-1.0.tar.gz", "size": 1, "hashes": {"sha256": SHA}},
    "wheels": [{"name": "a-1.0-py3-none-any.whl", "url": "https://example.org/a.whl", "hashes": {"sha256": SHA}}]}],
    "tool": {"nogcc-wheelhouse": {"requirements": ["a"], "constraints": []}}}


def places(value, path=()):
    """Yield the path of everything within a value."""
    yield path
    if isinstance(value, (dict, list)):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


@given(where=st.sampled_from([path for path in places(SOUND) if path]), instead=ANYTHING)
def test_a_lock_edited_into_nonsense_is_an_error_of_ours(where, instead):
    found = copy.deepcopy(SOUND)
    inner = found
    for key in where[:-1]:
        inner = inner[key]
    inner[where[-1]] = instead
    try:
        parsed = _parse(found)
        differences(parsed, wanting("a"))
        versions_for(parsed, PLATFORM)
    except WheelhouseError as error:
        assert "pylock.toml" in str(error)


def _parse(found):
    """Parse as if the file held ``found``: TOML can't write all that JSON can, but nothing less."""
    import ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.lockfile as module

    class Loaded:
        TOMLDecodeError = tomllib.TOMLDecodeError

        @staticmethod
        def loads(_text):
            return found

    original, module.tomllib = module.tomllib, Loaded
    try:
        return parse_lock("", "pylock.toml")
    finally:
        module.tomllib = original


@given(st.text(max_size=300))
def test_any_text_is_a_lock_or_an_error(text):
    with pytest.raises(WheelhouseError):
        parse_lock(text, "pylock.toml")


@given(wanted=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=4))
def test_what_a_lock_answers_is_remembered(wanted):
    text = remember(lock(package()), wanting(*wanted))
    assert parse_lock(text, "x").answers == {"requirements": sorted(wanted), "constraints": []}


def test_differences_of_our_own_lock():
    found = parse_lock(remember(lock(package()), wanting("a", "b<2", constraints=["c<3"])), "x")
    assert differences(found, wanting("a", "b<2", constraints=["c<3"])) == []
    assert differences(found, wanting("a", "b<3", constraints=[])) == [
        "b<3 was added to the requirements", "b<2 is no longer in the requirements", "c<3 is no longer in the constraints"]


@pytest.mark.parametrize("wanted, said", [
    (["a"], []), (["A>=1"], []), (["a==1.0 ; python_version < '3'"], []), (["b ; python_version < '3'"], []),
    (["b"], ["b is not in it"]), (["a>=2"], ["a>=2 is wanted, but it has 1.0"])])
def test_differences_of_another_tools_lock(wanted, said):
    assert differences(parse_lock(lock(package()), "x"), wanting(*wanted)) == said


def test_versions_for_a_platform():
    found = parse_lock(lock(package("a"), package("b", more="marker = \"sys_platform == 'win32'\""),
                            package("c", more="marker = \"python_version >= '3.10' and platform_machine == 'x86_64'\"")), "x")
    assert versions_for(found, PLATFORM) == {"a": "1.0", "c": "1.0"}


def test_a_lock_with_extras_and_groups():
    found = parse_lock(lock(package("a", more="marker = \"'dev' in extras\""), package("b", more="marker = \"'doc' not in dependency_groups\"")), "x")
    assert versions_for(found, PLATFORM) == {"b": "1.0"}


def test_files_and_commits():
    text = lock(package()) + commit(f'"{"ab" * 20}"').partition("\n")[2].replace('"a"', '"b"')
    text += f'[[packages]]\nname = "c"\narchive = {{ path = "../files/c%20-1.0.zip", hashes = {{ sha256 = "{SHA}" }} }}\n'
    found = parse_lock(text, "x").packages
    assert found[1]["vcs"]["commit-id"] == "ab" * 20 and found[2]["archive"]["filename"] == "c%20-1.0.zip"


def test_what_others_wrote_into_our_table_is_left_there():
    text = lock(package()) + "[tool.nogcc-wheelhouse]\nrequirements = []\nconstraints = []\nreviewed = 2026-01-02\n"
    assert parse_lock(text, "pylock.toml").answers == {"requirements": [], "constraints": []}
