# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Signatures of manifests, made on the controller with ``ssh-keygen`` and kept beside the manifests in the wheelhouse."""
from __future__ import annotations

import base64
import contextlib
import os
import re
import subprocess
import tempfile
import time

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import signature as signatures
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.files import write_file
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.platform import differences
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse

DAY = 24 * 3600
MOST_DAYS = 36500
ATTEMPTS = 5  # to keep signatures while others keep theirs


def require_signature(wheelhouse: Wheelhouse, manifest: dict, here: bool = False) -> str:
    """Return the signature of a manifest. Raises WheelhouseError when there is none, or none that is good.

    Whose key it is, only the host knows. With ``here`` the host has the release, and is only put right: then it may have expired.
    """
    release = manifest_id(manifest)
    text = wheelhouse.signature(manifest["app"], release)
    if text is None:
        raise WheelhouseError(f"the release {release} of {manifest['app']} is not signed",
                              hint="run the fetch playbook with fetch_sign_key, or do without deploy_allowed_signers")
    signed = signatures.read(text)
    signatures.check_statement(signed, manifest)
    signatures.check_signature(signed)
    if not here:
        signatures.check_expiry(signed)
    return text


def sign(wheelhouse: Wheelhouse, manifests: list[dict], key: str, days: int, dry: bool = False) -> list[str]:
    """Sign those of ``manifests``, of one app, that need it; return their ids. With ``dry`` nothing is signed.

    ``key`` is the path of a private key, of the public half of one in the ssh-agent, or the name of one there. A signature stands as
    long as it is by this key, has not expired, and no other release of the same platform was signed later: these are the
    releases that are wanted now. Wanted ones of one platform are signed in the same second. With ``days`` it expires that many days later.
    """
    if not 0 <= days <= MOST_DAYS:
        raise WheelhouseError(f"fetch_sign_days is {days}, and no signature can hold so many days",
                              hint=f"set it to the number of days that a signature holds, at most {MOST_DAYS}, or to 0: then it does not expire")
    if not manifests:
        return []
    app, wanted = manifests[0]["app"], {manifest_id(manifest): manifest for manifest in manifests}
    with _key_file(key) as path:
        own = _fingerprint(path)
        for _attempt in range(ATTEMPTS):
            texts = wheelhouse.signatures(app)
            known = _readable(texts)
            due = {release: manifest for release, manifest in wanted.items() if not (
                release in known and _stands(known[release], manifest, own, days) and _is_newest(wheelhouse, known, wanted, release))}
            due = {release: manifest for release, manifest in wanted.items() if any(_same_platform(manifest, other) for other in due.values())}
            if dry or not due or wheelhouse.keep_signatures(app, texts, _sign_all(due, known, path, days)):
                return sorted(due)
    raise WheelhouseError(f"the signatures of {app} changed each time that new ones were to be kept, {ATTEMPTS} times",
                          hint="somebody else is signing; run again when they have done")


def _sign_all(due: dict[str, dict], known: dict[str, signatures.Signed], path: str, days: int) -> dict[str, str]:
    serial = max([int(time.time()), *(signed.serial + 1 for signed in known.values())])
    statements = {release: signatures.state(manifest, serial, serial + days * DAY if days else None) for release, manifest in due.items()}
    return {release: (statement + _sign(statement, path)).decode("utf-8") for release, statement in statements.items()}


def _readable(texts: dict[str, str]) -> dict[str, signatures.Signed]:
    """Return the signatures of an app's releases, without damaged ones: those are as good as none."""
    found = {}
    for release, text in texts.items():
        with contextlib.suppress(WheelhouseError):
            found[release] = signatures.read(text)
    return found


def _stands(signed: signatures.Signed, manifest: dict, own: str, days: int) -> bool:
    if signed.key != own or (signed.expires is None) != (days == 0):
        return False
    try:
        signatures.check_statement(signed, manifest)
        signatures.check_signature(signed)
        signatures.check_expiry(signed)
    except WheelhouseError:
        return False
    return True


def _is_newest(wheelhouse: Wheelhouse, known: dict, wanted: dict, release: str) -> bool:
    """Tell whether no release for the same platform was signed after ``release``."""
    for other, signed in known.items():
        if signed.serial > known[release].serial:
            try:
                manifest = wheelhouse.read_manifest(signed.app, other)
            except WheelhouseError:
                continue  # it can't be deployed either
            if manifest and _same_platform(manifest, wanted[release]):
                return False
    return True


def _same_platform(one: dict, other: dict) -> bool:
    """Tell whether a host that takes one of the two manifests could take the other."""
    return not differences(one["platform"], other["platform"])


@contextlib.contextmanager
def _key_file(key: str):
    """Give the path of a file that ssh-keygen takes for the key; for one in the agent, of a public key."""
    path = os.path.abspath(os.path.expanduser(key))
    if os.path.exists(path):
        yield path
        return
    found = [line for line in _in_agent() if key in (line.split(" ", 2)[2:] + [_print_of(line)])]
    if len(found) != 1:
        raise WheelhouseError(f"fetch_sign_key {key!r} is {'the name of several keys' if found else 'neither a file nor a key'} in the ssh-agent",
                              hint="give the path of an SSH private key, or the comment or the SHA256 fingerprint of a key that ssh-add -L shows")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "key.pub")
        write_file(path, f"{found[0]}\n".encode())
        yield path


def _in_agent() -> list[str]:
    try:
        ran = subprocess.run(["ssh-add", "-L"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                             check=False, timeout=signatures.LIMIT)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [line for line in ran.stdout.splitlines() if line.count(" ") > 0] if ran.returncode == 0 else []


def _print_of(line: str) -> str:
    return signatures.fingerprint(base64.b64decode(line.split()[1]))


def _fingerprint(path: str) -> str:
    ran = signatures.ssh_keygen(["-l", "-E", "sha256", "-f", path])
    found = re.search(r"SHA256:\S+", ran.stdout.decode("utf-8", "replace"))
    if ran.returncode or not found:
        raise WheelhouseError(f"fetch_sign_key {path} is not an SSH key", log=signatures.complaint(ran),
                              hint="make one: ssh-keygen -t ed25519 -f <path>")
    return found[0]


def _sign(statement: bytes, path: str) -> bytes:
    ran = signatures.ssh_keygen(["-Y", "sign", "-f", path, "-n", signatures.NAMESPACE], statement)
    if ran.returncode == 0:
        return ran.stdout
    said = signatures.complaint(ran)
    if "passphrase" in said:
        raise WheelhouseError(f"the key {path} wants a passphrase, and nobody is asked for one", log=said,
                              hint="put it into the ssh-agent before (ssh-add); it is found there by itself")
    raise WheelhouseError(f"signing with the key {path} failed", log=said, hint="see the lines below; a key must be readable for its owner alone")
