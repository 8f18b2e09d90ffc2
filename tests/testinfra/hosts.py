# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hosts of the test bed, for a test that looks at several of them."""
import testinfra

from .playing import REPOSITORY


def on(name):
    """Return testinfra's view of a host, as root."""
    return testinfra.get_host(f"ssh://{name}", ssh_config=str(REPOSITORY / ".cache/bed/ssh_config"), sudo=True)


def everything_in(host, folder):
    """Return every path below a folder of a host with size, mode and time of change; empty when it is not there."""
    return host.run(f"find '{folder}' -printf '%p %s %m %T@\\n' 2>/dev/null | sort").stdout.splitlines()
