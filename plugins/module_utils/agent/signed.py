# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Only releases that a known key has signed: checked before anything is staged, and again before anything is switched.

The keys lie on the host beforehand, in a file of ``allowed_signers`` (ssh-keygen(1)) whose principals are the names of apps. What was
accepted is kept beside the releases: each signature, so that a rollback can be checked as well, and the highest serial number,
so that an older release has to be asked for.
"""
import json
import os
import stat

from ..common.errors import WheelhouseError
from ..common.files import canonical_json, write_file
from ..common.manifest import ID, manifest_id, validate
from ..common.platform import differences
from ..common.signature import NAMESPACE, check_expiry, check_signature, check_statement, complaint, read, ssh_keygen, when
from .layout import Layout, list_folder
from .safe_path import unsafe


def verify(root, app, manifest, signature, allowed_signers, asked=False, here=False):
    """Return ``{"key": fingerprint, "serial": number}`` of a manifest's signature; raise WheelhouseError unless it may be deployed.

    ``allowed_signers`` is the path of the file of keys on this host. With ``asked`` the release was named by its id: it may be older
    than the one that was accepted last. With ``here`` the release lies on the host and is only put right: neither age nor expiry is
    looked at. Changes nothing.
    """
    layout = Layout(root)
    if validate(manifest)["app"] != app:
        raise WheelhouseError("the manifest is for the app {0}, not for {1}".format(manifest["app"], app))
    signed = _check(manifest, signature, allowed_signers)
    if here:
        return {"key": signed.key, "serial": signed.serial}
    check_expiry(signed)
    last = _accepted(layout, app)
    if signed.serial < last.get("serial", 0) and not asked and not differences(last["platform"], manifest["platform"]):
        raise WheelhouseError(
            "the release {0} was signed at {1}, before {2}, which this host accepted last ({3})".format(
                signed.release, when(signed.serial), last.get("release"), when(last["serial"])),
            hint="to go back, say so: the rollback playbook, or wheelhouse_release={0}; to go on with it, fetch it again, which signs it anew".format(
                signed.release))
    return {"key": signed.key, "serial": signed.serial}


def accept(layout, app, release, signature, allowed_signers, asked=False):
    """Verify the staged ``release`` as it lies on the disk, and keep its signature and its serial number. The lock is held."""
    manifest = _staged(layout, app, release)
    found = verify(layout.root, app, manifest, signature, allowed_signers, asked)
    folder = layout.signatures(app)
    path = os.path.join(folder, release)
    if _text(path) != signature:
        write_file(path, signature.encode("utf-8"))
    last = _accepted(layout, app)
    if not last or found["serial"] > last["serial"] or differences(last["platform"], manifest["platform"]):
        write_file(layout.accepted(app), canonical_json({"serial": found["serial"], "release": release, "platform": manifest["platform"]}))
    for name in filter(ID.fullmatch, set(list_folder(folder)) - set(layout.release_ids(app))):
        os.unlink(os.path.join(folder, name))  # of a release that was removed


def require_kept(layout, app, release, allowed_signers):
    """Raise WheelhouseError unless a key that is known today has signed ``release``, by the signature that was kept.

    Neither age nor expiry is looked at: whoever goes back wants something older.
    """
    signature = _text(os.path.join(layout.signatures(app), release))
    if not signature:
        raise WheelhouseError("the release {0} of {1} came to this host without a signature".format(release, app),
                              hint="deploy it with wheelhouse_release={0}, which brings its signature; signed here: {1}".format(
                                  release, ", ".join(list_folder(layout.signatures(app))) or "none"))
    _check(_staged(layout, app, release), signature, allowed_signers)


def require_each(layout, app, manifests, signatures, allowed_signers):
    """Raise WheelhouseError unless a known key has signed each of ``manifests`` (by release), which the host is to be put right by.

    ``signatures``, by release, came with manifests of the wheelhouse. Any other is the host's own, of which the signature was kept.
    """
    for release, manifest in sorted(manifests.items()):
        text = signatures[release] if release in signatures else _text(os.path.join(layout.signatures(app), release))
        verify(layout.root, app, manifest, text, allowed_signers, here=True)


def unsigned(layout, app, allowed_signers):
    """Return (path, why, and what to do) of each release on the host that no key of the list has signed, or of the list when it can't be used."""
    try:
        _check_file(allowed_signers)
    except WheelhouseError as error:
        return [(allowed_signers, "{0}; {1}".format(error.message, error.hint))]
    found = []
    for release in layout.release_ids(app):
        try:
            require_kept(layout, app, release, allowed_signers)
        except WheelhouseError as error:
            kept = os.path.join(layout.signatures(app), release)
            anew = "to have its signature anew{0}, deploy it with wheelhouse_release={1}".format(
                ", remove {0}".format(kept) if os.path.lexists(kept) else "", release)
            found.append((layout.release(app, release), "{0}; {1}".format(error.message, anew)))
    try:
        _accepted(layout, app)
    except WheelhouseError as error:
        found.append((layout.accepted(app), "{0}; {1}".format(error.message, error.hint)))
    return found


def _check(manifest, signature, allowed):
    """Return the Signed of a signature that is right, by a key that may sign releases of this app."""
    _check_file(allowed)
    if not signature:
        raise WheelhouseError("the release {0} of {1} is not signed".format(manifest_id(manifest), manifest["app"]),
                              hint="run the fetch playbook with fetch_sign_key, or do without deploy_allowed_signers")
    signed = read(signature)
    check_statement(signed, manifest)
    ran = ssh_keygen(["-Y", "verify", "-f", allowed, "-I", manifest["app"], "-n", NAMESPACE], signed.statement, armor=signed.armor)
    if ran.returncode == 0:
        return signed
    check_signature(signed)
    with open(allowed, encoding="utf-8", errors="replace") as stream:
        known = any(signed.blob in line.split() for line in stream if not line.startswith("#"))
    if known:
        raise WheelhouseError("the release {0} is signed by the key {1}, which may not sign releases of {2} by {3}".format(
            signed.release, signed.key, manifest["app"], allowed), log=complaint(ran),
            hint="a line of that file begins with the apps that a key may sign, for example: {0},blog or *".format(manifest["app"]))
    raise WheelhouseError("the release {0} is signed by the unknown key {1}".format(signed.release, signed.key), log=complaint(ran),
                          hint="if it is yours, add it on the host to {0}: {1} <type> <key>".format(allowed, manifest["app"]))


def _check_file(allowed):
    """Whoever may write the list of keys, or put another in its place, may sign: it must be ours, or root's."""
    hint = "put the public keys there beforehand, by another way than this collection; see docs/signing.md"
    if not isinstance(allowed, str) or not os.path.isabs(allowed):
        raise WheelhouseError("deploy_allowed_signers {0!r} is not an absolute path of the host".format(allowed), hint=hint)
    try:
        found = os.stat(allowed)
        others = unsafe(allowed)
    except OSError as error:
        raise WheelhouseError("the list of allowed signers cannot be read: {0}".format(error), hint=hint)
    if not stat.S_ISREG(found.st_mode):
        raise WheelhouseError("the list of allowed signers {0} is not a file".format(allowed), hint=hint)
    if others:
        raise WheelhouseError("the list of allowed signers {0} can be written by others: {1}".format(allowed, others),
                              hint="chown root and chmod go-w that: whoever may write the list, or a folder on the way to it, may sign")


def _staged(layout, app, release):
    """Return the manifest in a release; raise WheelhouseError when it is not the one that the release is named by."""
    try:
        with open(os.path.join(layout.release(app, release), "manifest.json"), "rb") as stream:
            manifest = validate(json.loads(stream.read().decode("utf-8")))
    except (OSError, ValueError, RecursionError) as error:
        raise WheelhouseError("the manifest of the release {0} of {1} cannot be read: {2}".format(release, app, error),
                              hint="deploy another release, and this one again later")
    if manifest_id(manifest) != release:
        raise WheelhouseError("the manifest in the release {0} of {1} was altered".format(release, app), hint="deploy another release")
    return manifest


def _accepted(layout, app):
    """Return what was accepted last, or {}."""
    text = _text(layout.accepted(app))
    if not text:
        return {}
    try:
        found = json.loads(text)
        if isinstance(found["serial"], int) and isinstance(found["platform"], dict) and found["release"]:
            return found
    except (ValueError, KeyError, TypeError):
        pass
    raise WheelhouseError("{0} is damaged, and with it the knowledge which release was accepted last".format(layout.accepted(app)),
                          hint="find out who wrote it; remove it to accept any signed release once")


def _text(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except (FileNotFoundError, NotADirectoryError):
        return ""
