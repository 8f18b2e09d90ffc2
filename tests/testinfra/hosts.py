# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hosts of the test bed, for a test that looks at several of them."""
import contextlib
import subprocess
import sys
import time

import testinfra

from tests.bed import containers, definition, engine

from .playing import REPOSITORY


def on(name):
    """Return testinfra's view of a host, as root."""
    return testinfra.get_host(f"ssh://{name}", ssh_config=str(REPOSITORY / ".cache/bed/ssh_config"), sudo=True)


@contextlib.contextmanager
def sudoer(password, *names):
    """Have a user on hosts who may become root by password only; give the variables with which Ansible is that user."""
    def forget():
        for name in names:
            on(name).run("pkill -u tester; userdel --remove tester; rm -f /etc/sudoers.d/tester")
    forget()  # an earlier run may have been cut off
    for name in names:
        keys = on(name).check_output("getent passwd $SUDO_USER | cut -d: -f6") + "/.ssh"
        on(name).check_output(f"useradd --create-home --shell /bin/sh tester && cp -r {keys} ~tester/ && chown -R tester: ~tester/.ssh")
        on(name).check_output("printf 'tester:%%s' %s | chpasswd && echo 'tester ALL=(ALL) PASSWD: ALL' > /etc/sudoers.d/tester", password)
    yield {"ansible_user": "tester", "ansible_become_password": password}
    forget()


def everything_in(host, folder):
    """Return every path below a folder of a host with size, mode and time of change; empty when it is not there."""
    return host.run(f"find '{folder}' -printf '%p %s %m %T@\\n' 2>/dev/null | sort").stdout.splitlines()


def reboot(name):
    """Start a host of the test bed anew, without a word to what runs on it; return once it takes logins again."""
    host = definition.load().hosts[name]
    engine.configure()
    on(name).run("systemctl reboot --force")  # which may break the connection before it has answered
    until = time.monotonic() + 30
    while containers.present()[host.container][1] == "running":
        assert time.monotonic() < until, f"{name} does not go down"
        time.sleep(0.1)
    subprocess.run([sys.executable, "-m", "tests.bed", "up", name], cwd=REPOSITORY, check=True)
