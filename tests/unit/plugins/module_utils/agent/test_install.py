# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.install import install
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError


@pytest.fixture
def tool(tmp_path, monkeypatch):
    """Return a function that puts a package manager into an otherwise empty PATH, and one that reads its command lines."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def put(name, code=0):
        (tmp_path / name).write_text(f"#!/bin/sh\necho \"$DEBIAN_FRONTEND $*\" >> {tmp_path}/log\necho 'E: no such thing'\n"
                                     f"case $* in *update*) exit 0;; esac\nexit {code}\n")
        (tmp_path / name).chmod(0o755)
    return put, lambda: (tmp_path / "log").read_text().splitlines()


def test_only_what_was_named(tool):
    put, said = tool
    put("apt-get")
    put("dnf")
    assert install(["libyaml-0-2", "libpq5>=15~", "libpq5"]) == {"changed": True, "installed": ["libpq5", "libyaml-0-2"]}
    update, installing = said()
    assert update == "noninteractive -q update"
    assert "--no-install-recommends --no-remove" in installing and installing.endswith("install -- libpq5 libyaml-0-2")


@pytest.mark.parametrize("name, last", [("dnf", "install -- libpq.so.5()(64bit)"), ("yum", "install -- libpq.so.5()(64bit)"),
                                        ("zypper", "--no-recommends -- libpq.so.5()(64bit)"), ("apk", "add -- libpq.so.5()(64bit)")])
def test_other_distributions(tool, name, last):
    tool[0](name)
    install(["libpq.so.5()(64bit)"])
    assert tool[1]()[-1].endswith(last)


@pytest.mark.parametrize("name", ["/tmp/evil.deb", "./evil.deb", "https://example.org/evil.rpm", "-y", "libpq5-", "libpq5 bash", "@everything", ""])
def test_what_is_no_name_of_a_package_is_not_installed(tool, name):
    tool[0]("apt-get")
    with pytest.raises(WheelhouseError, match="is not a package of a distribution"):
        install(["libpq5", name])
    with pytest.raises(FileNotFoundError):
        tool[1]()


def test_nothing_to_do_starts_nothing(tool):
    tool[0]("apt-get")
    assert install([]) == {"changed": False, "installed": []}
    with pytest.raises(FileNotFoundError):
        tool[1]()


def test_what_can_not_be_installed_is_named(tool):
    tool[0]("apt-get", 100)
    with pytest.raises(WheelhouseError, match="apt-get could not install libpq5") as caught:
        install(["libpq5"])
    assert "no such thing" in caught.value.log and "mirror" in caught.value.hint


def test_a_host_without_a_package_manager(tool):
    with pytest.raises(WheelhouseError, match="none of apt-get, dnf") as caught:
        install(["libpq5"])
    assert "deploy_system_packages" in caught.value.hint
