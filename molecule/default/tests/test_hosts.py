# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a production host of the test bed does not have, each proven by trying."""
import pytest

testinfra_hosts = ["ssh://web01", "ssh://web02"]

CONNECT = "import socket; socket.create_connection((%r, %d), 5)"


@pytest.mark.parametrize("command", ["cc", "c++", "gcc", "g++", "clang", "as", "ld", "make", "rustc"])
def test_there_is_no_compiler(host, command):
    done = host.run(f"{command} --version")
    assert done.rc == 127 and "not found" in done.stderr


@pytest.mark.parametrize("command", ["pip", "pip3", "uv", "easy_install"])
def test_there_is_no_installer(host, command):
    assert host.run(f"{command} --version").rc == 127


@pytest.mark.parametrize("module", ["pip", "ensurepip", "setuptools"])
def test_python_has_no_installer(host, module):
    done = host.run(f"/usr/bin/python3 -m {module} --version")
    assert done.rc != 0 and "No module named" in done.stderr


# the build host, an address that is set aside for examples, and the same in IPv6: none is reached even as root
@pytest.mark.parametrize("address", ["10.213.71.11", "192.0.2.1", "2001:db8::1"])
def test_there_is_no_way_out(host, address):
    done = host.run("/usr/bin/python3 -c %s", CONNECT % (address, 22))
    assert done.rc != 0 and "Network is unreachable" in done.stderr


def test_a_route_can_not_be_added(host):
    done = host.run("ip route add default via 10.213.72.1")
    assert done.rc != 0 and "Operation not permitted" in done.stderr


def test_no_name_outside_resolves(host):
    assert host.run("getent hosts example.org").rc != 0


def test_the_database_is_reached(host):
    assert host.run("/usr/bin/python3 -c %s", CONNECT % ("db01", 3306)).succeeded
