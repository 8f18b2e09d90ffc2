# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Download what the lock names, by URL and SHA-256, into the store: in parallel, with retries, resumed when broken off."""
import contextlib
import os
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor, as_completed

from ..common.address import shown
from ..common.errors import Blocked, WheelhouseError
from ..common.files import fsync_folder, sha256_of
from ..common.get import Getter, Wrong
from ..common.steps import step
from .network import index_credentials, normalise_environment, openers


class Downloader:
    """Downloads into ``store``; ``environment`` holds proxy, CA bundle and index URL (whose credentials are used for its host)."""

    def __init__(self, store, environment, pause=1.0):
        environment = normalise_environment(environment)
        self.store = store
        self.pause = pause  # seconds before the second attempt; doubled each time
        self.credentials = index_credentials(environment)
        self.opener_for = openers(environment)

    def fetch_all(self, artifacts, say, workers=8):
        """Download the artifacts that the store lacks; return how many. Raises Blocked with all that could not be had."""
        missing = [artifact for artifact in artifacts
                   if not self.store.holds(kind_of(artifact), artifact.sha256, artifact.filename, artifact.size)]
        getter = self._getter()
        problems, done, spoke = [], 0, 0.0
        with ThreadPoolExecutor(workers) as pool:
            waiting = {pool.submit(self.fetch, artifact, getter): artifact for artifact in missing}
            for future in as_completed(waiting):
                try:
                    future.result()
                except WheelhouseError as error:
                    problems.append(error.as_dict())
                    continue
                done += 1
                if time.monotonic() - spoke > 1 or done == len(missing):
                    spoke = time.monotonic()
                    say("downloaded {0}/{1} {2}".format(done, len(missing), waiting[future].filename))
        if problems:
            raise Blocked("{0} of {1} files could not be downloaded".format(len(problems), len(missing)), problems)
        return len(missing)

    def fetch_sound(self, artifact):
        """Have one artifact in the store, whose bytes are looked at: what is damaged is downloaded anew. Raises WheelhouseError."""
        path = self.store.path_of(kind_of(artifact), artifact.sha256, artifact.filename)
        if not os.path.exists(path) or sha256_of(path) != artifact.sha256:
            self.fetch(artifact)

    def fetch(self, artifact, getter=None):
        """Download one artifact to its place in the store. Raises WheelhouseError."""
        if urllib.parse.urlsplit(artifact.url).scheme not in ("http", "https"):  # never a file of this host
            raise WheelhouseError("{0} did not arrive from the controller".format(artifact.filename), hint="run again",
                                  package=artifact.name)
        target = self.store.path_of(kind_of(artifact), artifact.sha256, artifact.filename)
        part = self.store.path("incoming", artifact.sha256 + ".part")
        try:
            os.makedirs(os.path.dirname(part), mode=0o755, exist_ok=True)
            (getter or self._getter()).get(self._address(artifact.url), part, artifact.sha256, artifact.size)
            with open(part, "rb") as stream:
                os.fsync(stream.fileno())
            os.chmod(part, 0o644)
            os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
            step("downloaded")
            os.rename(part, target)
            fsync_folder(os.path.dirname(target))
        except Wrong as error:
            raise self._explain(error, artifact) from error
        except WheelhouseError as error:
            raise WheelhouseError(error.message, hint=error.hint, package=artifact.name) from error
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(part)  # others need the room
            raise WheelhouseError("{0} can't be written: {1}".format(artifact.filename, os.strerror(error.errno)),
                                  hint="make room below {0} on the build host".format(self.store.root), package=artifact.name) from error

    def _getter(self):
        return Getter(self.opener_for, _hint, self.pause)

    def _address(self, url):
        """Return the URL with the credentials that its host wants."""
        parts = urllib.parse.urlsplit(url)
        pair = self.credentials.get(parts.netloc) if parts.username is None else None
        if not pair:
            return url
        user, password = (urllib.parse.quote(text, safe="") for text in pair)
        return urllib.parse.urlunsplit(parts._replace(netloc="{0}:{1}@{2}".format(user, password, parts.netloc)))

    @staticmethod
    def _explain(error, artifact):
        if error.kind == "text/html":
            return WheelhouseError("{0} answered with a web page instead of {1}".format(shown(artifact.url), artifact.filename),
                                   hint="a proxy or a login page stands between: see build_environment", package=artifact.name)
        return WheelhouseError(
            "{0} is not the file that was locked: SHA-256 {1} and {2} bytes, locked were {3} and {4} bytes".format(
                shown(artifact.url), error.sha256, error.size, artifact.sha256, "any" if artifact.size is None else artifact.size),
            hint="find out why it changed before you lock again: the index was altered, or something between it and here",
            package=artifact.name)


def kind_of(artifact):
    """Return in which part of the store an artifact lies: a published wheel is deployed as it is."""
    return "wheels" if artifact.kind == "wheel" else "sources"


def _hint(status):
    if status in (401, 403):
        return "put the credentials into the index URL in build_environment (UV_DEFAULT_INDEX)"
    if status in (404, 410):
        return "the index no longer has the file: lock again"
    return "run again: what has arrived is kept. Index, proxy and CA bundle are set by build_environment"
