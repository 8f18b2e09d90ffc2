# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import pytest

from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.uncompressed import send_uncompressed

DEFAULT = "-C -o ControlMaster=auto -o ControlPersist=60s"


class Connection:
    """An Ansible connection's options."""

    def __init__(self, transport="ssh", **options):
        self.transport = transport
        self.options = {"ssh_args": DEFAULT, "ssh_common_args": "", "ssh_extra_args": "", "sftp_extra_args": "", "control_path": None,
                        "host": "web01", "port": None, "remote_user": "deploy", **options}
        self.get_option = self.options.__getitem__
        self.set_option = self.options.__setitem__


def changed(**options):
    """Return the options that became others."""
    connection = Connection(**options)
    before = dict(connection.options)
    send_uncompressed(connection)
    return {name: value for name, value in connection.options.items() if before[name] != value}


def test_compression_is_turned_off_in_a_connection_of_its_own():
    found = changed()
    assert found["ssh_args"] == "-o ControlMaster=auto -o ControlPersist=60s"
    assert found["control_path"] % {"directory": "/cp"} == changed()["control_path"] % {"directory": "/cp"}  # one for all tasks
    assert len({changed(host=host, port=port, remote_user=user)["control_path"]
                for host in ("web01", "web02") for port in (22, 23) for user in ("a", "b")}) == 8
    assert len(found["control_path"]) < len("%(directory)s/") + 20  # of the 108 bytes that a socket's path may have


@pytest.mark.parametrize("options", [
    {"transport": "local", "ssh_args": None},
    {"ssh_args": "-o ControlMaster=auto"},
    {"ssh_args": ""},
    {"ssh_args": DEFAULT + " -o ControlPath=/run/mine"},
    {"ssh_common_args": "-o controlpath=none"},
    {"control_path": "/run/%%C"},
])
def test_what_the_user_set_is_left_alone(options):
    assert changed(**options) == {}


def test_quoted_words_stay_words():
    assert changed(ssh_args="-C -o 'ProxyCommand=nc -X 5 %h %p'")["ssh_args"] == "-o 'ProxyCommand=nc -X 5 %h %p'"
