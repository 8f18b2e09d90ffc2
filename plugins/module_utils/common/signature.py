# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A signed manifest: a statement about it on one line, and below that the statement's SSH signature (PROTOCOL.sshsig).

The statement names app, id, the SHA-256 of the whole manifest, a serial number (the second in which it was signed, always growing)
and when it expires. These lie beside the manifest, because the same inputs must give the same manifest at any time.
``ssh-keygen`` makes and checks signatures; what is read here only tells which error it is.
"""
import base64
import binascii
import collections
import hashlib
import json
import os
import shutil
import struct
import subprocess
import time

from .errors import WheelhouseError
from .files import canonical_json
from .manifest import SHA256, check_app, check_release, manifest_id

NAMESPACE = "nogcc.wheelhouse"
SCHEMA = 1
LARGEST = 1 << 14  # bytes; a signature by a certificate of RSA keys is half as large
LIMIT = 60  # seconds for ssh-keygen; a security key may wait for a touch

_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"

#: ``statement`` are the bytes that were signed, ``key`` is the public key's fingerprint, ``blob`` that key in base64.
Signed = collections.namedtuple("Signed", "statement armor app release manifest serial expires namespace key blob")


def state(manifest, serial, expires):
    """Return the bytes to sign for a manifest; ``expires`` is in seconds since 1970, or None."""
    return canonical_json({"schema": SCHEMA, "app": manifest["app"], "release": manifest_id(manifest), "manifest": _digest(manifest),
                           "serial": serial, "expires": expires}) + b"\n"


def read(text):
    """Return the Signed that ``text`` holds; raise WheelhouseError when it is not one. Whether it is true is not looked at."""
    try:
        if not isinstance(text, str) or len(text) > LARGEST:
            raise ValueError("it is too large")
        line, armor = text.split("\n", 1)
        found = json.loads(line)
        if canonical_json(found) != line.encode("utf-8") or found["schema"] != SCHEMA:
            raise ValueError("its statement has another form")
        if not SHA256.fullmatch(found["manifest"]) or not _seconds(found["serial"]) or not (found["expires"] is None or _seconds(found["expires"])):
            raise ValueError("its statement has another form")
        namespace, blob = _parse_armor(armor)
        return Signed(line.encode("utf-8") + b"\n", armor, check_app(found["app"]), check_release(found["release"]), found["manifest"],
                      found["serial"], found["expires"], namespace, fingerprint(blob), base64.b64encode(blob).decode("ascii"))
    except (ValueError, KeyError, TypeError, RecursionError, struct.error) as error:
        raise WheelhouseError("the signature is damaged: {0}".format(error), hint="remove it, and sign again with the fetch playbook")


def fingerprint(blob):
    """Return the fingerprint of a public key as ssh-keygen shows it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).rstrip(b"=").decode("ascii")


def check_statement(signed, manifest):
    """Raise WheelhouseError unless the statement is about ``manifest`` and was signed for nothing else."""
    if signed.app != manifest["app"]:
        raise WheelhouseError("what was signed is a release of the app {0}, not of {1}".format(signed.app, manifest["app"]))
    if signed.release != manifest_id(manifest) or signed.manifest != _digest(manifest):
        raise WheelhouseError("the manifest {0} is not the one that was signed: the signature is of {1}, SHA-256 {2}".format(
            manifest_id(manifest), signed.release, signed.manifest), hint="somebody altered one of the two; fetch the release again")
    if signed.namespace != NAMESPACE:
        raise WheelhouseError("the release {0} was signed for the namespace {1!r}, not for {2}".format(signed.release, signed.namespace, NAMESPACE),
                              hint="sign it with the fetch playbook and fetch_sign_key")


def check_signature(signed):
    """Raise WheelhouseError unless some key, whichever, has signed just this statement."""
    ran = ssh_keygen(["-Y", "check-novalidate", "-n", NAMESPACE], signed.statement, armor=signed.armor)
    if ran.returncode != 0:
        raise WheelhouseError("the signature of the release {0} is wrong: the statement was altered, or the signature".format(signed.release),
                              hint="somebody altered one of the two; sign again with the fetch playbook", log=complaint(ran))


def check_expiry(signed, now=None):
    """Raise WheelhouseError when the statement does not hold any more."""
    if signed.expires is not None and (time.time() if now is None else now) > signed.expires:
        raise WheelhouseError("the signature of the release {0} expired at {1}".format(signed.release, when(signed.expires)),
                              hint="sign it again: run the fetch playbook with its lock and fetch_sign_key")


def when(seconds):
    """Return a time as text."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(min(seconds, 1 << 36)))


def ssh_keygen(arguments, data=b"", armor=None):
    """Run ``ssh-keygen`` on standard input ``data``, and with the signature ``armor``, without anybody to ask for a passphrase.

    Returns the finished process. Raises WheelhouseError where there is none, or only one without signatures (before OpenSSH 8.1).
    """
    program = shutil.which("ssh-keygen", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/bin", "/usr/local/bin"]))
    if program is None:
        raise WheelhouseError("there is no ssh-keygen here, and signatures are asked for",
                              hint="install it (Debian: openssh-client; Red Hat: openssh)")
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "SSH_ASKPASS")}
    environment.update(LC_ALL="C", SSH_ASKPASS_REQUIRE="never")
    passed = []
    if armor is not None:  # a pipe: nothing has to be written anywhere
        reader, writer = os.pipe()
        os.write(writer, armor.encode("utf-8"))
        os.close(writer)
        passed = [reader]
        arguments = list(arguments) + ["-s", "/dev/fd/{0}".format(reader)]
    try:
        ran = subprocess.run([program] + list(arguments), input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
                             pass_fds=passed, start_new_session=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        raise WheelhouseError("ssh-keygen gave no answer in {0} s".format(LIMIT), hint="a key that waits for a touch or a PIN has to get it")
    finally:
        for handle in passed:
            os.close(handle)
    if b"unknown option" in ran.stderr or b"illegal option" in ran.stderr or b"nsupported operation for -Y" in ran.stderr:
        raise WheelhouseError("{0} is older than OpenSSH 8.1 and knows no signatures".format(program), hint="install a newer OpenSSH")
    return ran


def complaint(ran):
    """Return what a failed ssh-keygen said."""
    return (ran.stderr + ran.stdout).decode("utf-8", "replace").strip()[-1000:]


def _digest(manifest):
    return hashlib.sha256(canonical_json(manifest)).hexdigest()


def _seconds(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53


def _parse_armor(armor):
    """Return the namespace and the public key of an armoured signature."""
    lines = armor.split("\n")
    if lines[0] != _BEGIN or _END not in lines or any(lines[lines.index(_END) + 1:]):
        raise ValueError("it has no SSH signature below its statement")
    try:
        data = base64.b64decode("".join(lines[1:lines.index(_END)]), validate=True)
    except binascii.Error as error:
        raise ValueError("it has no SSH signature below its statement: {0}".format(error))
    if data[:6] != b"SSHSIG" or data[6:10] != b"\0\0\0\1":
        raise ValueError("its signature is of an unknown kind")
    blob, rest = _take(data[10:])
    namespace, _rest = _take(rest)
    return namespace.decode("utf-8"), blob


def _take(data):
    """Return the string at the beginning of ``data`` (RFC 4251, section 5) and what follows it."""
    (length,) = struct.unpack(">L", data[:4])
    if length > len(data) - 4:
        raise ValueError("it is cut off")
    return data[4:4 + length], data[4 + length:]
