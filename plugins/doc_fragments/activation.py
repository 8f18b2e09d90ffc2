# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a release becomes the current one."""
from __future__ import annotations


class ModuleDocFragment:
    """Options that several modules share."""

    DOCUMENTATION = r"""
options:
  services:
    description:
      - The systemd units to restart after the change of release.
      - Without root the user must be allowed to have C(systemctl) restart and stop them, by a rule of polkit.
    type: list
    elements: str
    default: []
  health:
    description:
      - A URL to ask, a systemd unit (with its ending, such as C(.service)) to be active, or a command to run on the host after the
        restart; when it fails the release before returns.
    type: str
    default: ''
  health_timeout:
    description: Seconds, from 1 to 604800 (a week), in which O(health) must succeed; it is tried again and again.
    type: int
    default: 30
  confirm_timeout:
    description:
      - Seconds in which the controller must confirm, in an execution of its own, that it still reaches the host; otherwise the host
        returns to the release before by itself, also after a reboot. C(0) asks for no confirmation; at most 604800 (a week).
      - While it waits there are a unit and a timer of systemd in C(/etc/systemd/system).
    type: int
    default: 0
  keep:
    description:
      - How many releases that were active are kept, 1 or more.
      - One that a process uses stays as well, as program, argument, working folder, open file or mapped library. Without root only the
        arguments of other users' processes can be seen, and what was started as C(current/bin/python) names no release.
    type: int
    default: 3
  allowed_signers:
    description:
      - Absolute path, on the host, of a file of C(allowed_signers) that lies there beforehand, as ssh-keygen(1) describes it; its principals are
        the names of apps. With it only a release becomes active that one of these keys has signed; empty means that nobody has to sign.
    type: str
    default: ''
"""
