# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RECORD, the list of a distribution's files (PEP 376, PEP 427, PEP 627)."""
import base64
import csv
import hashlib
import io
import re

from ..common.errors import WheelhouseError

ALGORITHMS = ("sha256", "sha384", "sha512")  # PEP 427: sha256 or better


def encode(digest):
    """Return the bytes of a digest as RECORD writes them: URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def row_of(path, data):
    """Return the row for the file at ``path`` (relative to site-packages) with the bytes ``data``."""
    return path, "sha256=" + encode(hashlib.sha256(data).digest()), str(len(data))


def parse(text):
    """Return RECORD's rows as ``{path: (algorithm, digest, size)}``; digest "" and size None where they are left out.

    Raises WheelhouseError for a row that is not one, a path listed twice and an algorithm that PEP 427 forbids.
    """
    rows = {}
    try:
        for row in csv.reader(io.StringIO(text, newline=""), strict=True):
            if not row:
                continue
            if len(row) != 3 or not row[0]:
                raise WheelhouseError("RECORD has a row that is not one: {0!r}".format(",".join(row)))
            path, hashed, size = row
            algorithm, equals, digest = hashed.partition("=")
            if hashed and (not equals or algorithm not in ALGORITHMS or not digest):
                raise WheelhouseError("RECORD gives {0!r} as the hash of {1}".format(hashed, path))
            if not re.fullmatch("[0-9]{0,18}", size):
                raise WheelhouseError("RECORD gives {0!r} as the size of {1}".format(size, path))
            if path in rows:
                raise WheelhouseError("RECORD lists {0} twice".format(path))
            rows[path] = (algorithm, digest, int(size) if size else None)
    except csv.Error as error:
        raise WheelhouseError("RECORD is damaged: {0}".format(error))
    return rows


def render(rows):
    """Return the text of RECORD for ``rows``, each ``(path, hash, size)`` as text, sorted by path."""
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerows(sorted(rows))
    return stream.getvalue()
