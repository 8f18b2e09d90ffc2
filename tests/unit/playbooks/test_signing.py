# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host that takes signed releases only does nothing that another one asks for: no library is looked for, no package installed."""
import json
import subprocess

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import signing


def make_key(folder, name):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    return str(folder / name)


@pytest.mark.parametrize("signed_by, said, installs", [
    (None, "is not signed", False), ("another", "is signed by the unknown key", False), ("ours", "libnowhere.so.1 is missing", True)])
def test_packages_are_installed_for_signed_releases_only(fleet, apt, signed_by, said, installs):
    release = fleet.release(fleet.lacking())
    keys = {name: make_key(fleet.folder, name) for name in ("ours", "another")}
    if signed_by:
        path = fleet.folder / "wheelhouse/releases/shop" / f"{release}.json"
        signing.sign(fleet.wheelhouse, [json.loads(path.read_bytes())], keys[signed_by], 0)
    signers = fleet.folder / "signers"
    signers.write_text("shop " + (fleet.folder / "ours.pub").read_text())
    signers.chmod(0o644)
    done = fleet.try_to_play("deploy", ["web1"], wheelhouse_release=release, deploy_allowed_signers=str(signers), deploy_system_packages="install",
                             environment=apt.environment)
    assert done.returncode and said in done.stdout, done.stdout
    assert bool(apt.asked()) == installs
