# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wanted import wanted_manifest
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse

LOCK = """lock-version = "1.0"
[[packages]]
name = "app"
version = "1.0"
wheels = [{url = "https://example.org/app-1.0-py3-none-any.whl", hashes = {sha256 = "%s"}}]
""" % ("0" * 64)


@pytest.fixture(name="wanted")
def fixture_wanted(tmp_path):
    def wanted(**changes):
        args = {"app": "shop", "requirements": str(tmp_path / "requirements.in"), "lock": "", "project": "", "release": "", **changes}
        status = {"platform": {"python": "3.11", "machine": "x86_64"}, "root_writable": False, "root_reason": "the disk is read-only"}
        return wanted_manifest(Wheelhouse(str(tmp_path / "wheelhouse")), args, status)
    (tmp_path / "requirements.in").write_text("app\n", encoding="utf-8")
    return wanted


def test_without_a_lock_that_is_the_reason(wanted):
    with pytest.raises(Blocked, match="there is no lock .*pylock.toml yet(.|\n)*read-only"):
        wanted()


def test_with_a_lock_the_release_is_missing_for_this_platform(wanted, tmp_path):
    (tmp_path / "pylock.toml").write_text(LOCK, encoding="utf-8")
    with pytest.raises(Blocked, match="no release of shop for this host .machine x86_64, python 3.11."):
        wanted()


def test_nothing_was_asked_for(wanted):
    with pytest.raises(WheelhouseError, match="nothing says what to deploy"):
        wanted(requirements="")
