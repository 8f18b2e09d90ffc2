# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs in the virtual machine: have its kernel serve ``/export`` by NFS (version 4, RFC 7530), and mount that at ``/data``.

What nfs-utils would answer the kernel when it asks who may have what (nfsd(7), "/proc/net/rpc") is told it beforehand.
"""
import os
import socket
import subprocess

NFSD = "/proc/fs/nfsd"
CACHES = "/proc/net/rpc"
LATER = 0x7fffffff  # seconds: when an answer is no longer true
NUMBERED, INSECURE, NO_SUBTREE_CHECK = 0x2000, 0x0002, 0x0400  # flags of an export (linux/nfsd/export.h); root is root


def tell(path, text):
    """Write one line to a file of the kernel's."""
    handle = os.open(path, os.O_WRONLY)
    try:
        os.write(handle, text.encode() + b"\n")
    finally:
        os.close(handle)


def serve():
    """Start the server, for 127.0.0.1 alone."""
    subprocess.run(["busybox", "ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["busybox", "mount", "-t", "nfsd", "nfsd", NFSD], check=True)
    tell(NFSD + "/versions", "-2 -3 +4 +4.1 +4.2")
    tell(NFSD + "/nfsv4gracetime", "10")
    tell(NFSD + "/nfsv4leasetime", "10")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 2049))
        listener.listen()
        tell(NFSD + "/portlist", str(listener.fileno()))
    tell(NFSD + "/threads", "4")
    flags = NUMBERED | INSECURE | NO_SUBTREE_CHECK
    tell(CACHES + "/auth.unix.ip/channel", "nfsd 127.0.0.1 {0} all".format(LATER))
    tell(CACHES + "/nfsd.export/channel", "all /export {0} {1} 65534 65534 0".format(LATER, flags))
    tell(CACHES + "/nfsd.fh/channel", "all 1 \\x00000000 {0} /export".format(LATER))


if __name__ == "__main__":
    serve()
    subprocess.run(["busybox", "mount", "-t", "nfs4", "-o", "vers=4.2,addr=127.0.0.1,clientaddr=127.0.0.1,proto=tcp", "127.0.0.1:/", "/data"], check=True)
