# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``deploy_system_packages: install`` installs what a release lacks, where nothing else stands in its way."""
import pytest


@pytest.fixture(name="deploy")
def fixture_deploy(fleet, apt):
    """A function that deploys a wheel that lacks a library, with ``more`` in its entry; returns the process."""
    def deploy(*options, **more):
        release = fleet.release(dict(fleet.lacking(), **more))
        return fleet.try_to_play("deploy", ["web1"], *options, wheelhouse_release=release, deploy_system_packages="install",
                                 environment=apt.environment)
    return deploy


def test_what_is_lacking_is_installed_and_looked_for_again(deploy, apt):
    done = deploy()
    assert "install -- libnowhere1" in apt.asked(), done.stdout
    assert done.returncode and "libnowhere.so.1 is missing" in done.stdout, "what was installed does not have it"


def test_nothing_is_installed_when_something_else_stands_in_the_way(deploy, apt):
    done = deploy(requires_python=">=99")
    assert done.returncode and ">=99" in done.stdout and not apt.asked(), done.stdout


def test_check_mode_says_what_would_be_installed(deploy, apt):
    done = deploy("--check", "-v")
    assert done.returncode == 0 and '"system_packages": ["libnowhere1"]' in done.stdout and not apt.asked(), done.stdout
