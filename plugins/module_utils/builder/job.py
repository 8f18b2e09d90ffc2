# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Builds as jobs: they go on when the connection breaks, and tell from where they are."""
import json
import os
import shutil
import sys
import tempfile
import threading
import time
import traceback
import uuid

from ..common.errors import WheelhouseError
from ..common.files import canonical_json, write_file
from ..common.manifest import check_app
from ..common.steps import step
from ..common.unfinished import sweep
from .exchange import forget_upload
from .exclusive import exclusive, is_held
from .hints import last_lines
from .release import build_release
from .share import build_share
from .store import Store
from .untrusted import remove_tree
from .verify import verify
from .workshop import Workshop

KEEP = 5  # finished jobs whose logs are kept
TASKS = {"release": build_release, "share": build_share, "verify": verify}


def start(root, request):
    """Start building ``request`` in a process of its own; return ``{"job": id}``.

    The request holds ``app``, ``lock`` (SHA-256), ``packages`` (the lock's tables, PEP 751), ``project`` (None or
    ``{"digest", "archive": path}``), ``no_binary``, ``only_binary``, ``platform`` (production's), ``environment`` (for the steps that
    use the network), and optionally ``build_locks`` (see build_locks.BuildLocks), ``known`` (memos of the wheelhouse by build key),
    ``jobs`` (builds at once), ``timeout`` (seconds for one build), ``memory`` (bytes that one process of a build may take, and that are
    shared by the compilers; all that is available unless it says otherwise), ``allow_network`` (builds are not kept from it) and
    ``task``, one of ``TASKS`` (``release`` unless it says otherwise).
    """
    check_app(request["app"])
    job = "{0}-{1}".format(time.strftime("%Y%m%dT%H%M%S", time.gmtime()), uuid.uuid4().hex[:8])
    folder = os.path.join(root, "jobs", job)
    os.makedirs(folder, mode=0o755)
    # Taken before the fork and inherited: whoever can take it knows that the job has ended, however it ended.
    with exclusive(os.path.join(folder, "running")) as held:
        child = os.fork()
        if child == 0:
            _detach(folder, held)
            try:
                _work(root, folder, request)
            finally:
                os._exit(0)
        os.waitpid(child, 0)
    _forget_old(root)
    return {"job": job}


def poll(root, job, offset=0, wait=0):
    """Return ``{"lines": [{"text"} or {"build_lock"}], "offset", "alive", "result"}``: the progress since ``offset`` (bytes), the result or None.

    Waits up to ``wait`` seconds for something new. Raises WheelhouseError when the job ended without a result.
    """
    folder = os.path.join(root, "jobs", os.path.basename(job))
    if not os.path.isdir(folder):
        raise WheelhouseError("there is no job {0} on the build host".format(job), hint="run again")
    until = time.monotonic() + wait
    while True:
        alive = is_held(os.path.join(folder, "running"))  # asked first: a result may come between two looks
        result = _read_result(folder)
        lines, offset = _read_lines(os.path.join(folder, "progress.jsonl"), offset)
        if result is None and not alive:
            raise WheelhouseError("the build ended without a result: it was killed, or the host restarted",
                                  hint="run again: it goes on from what was finished", log=_log_tail(folder))
        if lines or result is not None or time.monotonic() >= until:
            return {"lines": lines, "offset": offset, "alive": alive, "result": result}
        time.sleep(0.1)


def _detach(folder, held):
    """Leave the session and the files of the connection, but for ``held``; return only in the process that shall work."""
    os.setsid()
    if os.fork():
        os._exit(0)
    log = os.open(os.path.join(folder, "log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.closerange(3, held)
    os.closerange(held + 1, 1 << 16)
    sys.stdout = sys.stderr = open(1, "w", buffering=1, closefd=False)  # pylint: disable=consider-using-with
    os.chdir("/")
    os.umask(0o022)
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]  # the request says what is used


def _work(root, folder, request):
    progress = _Progress(os.path.join(folder, "progress.jsonl"))
    try:
        with exclusive(os.path.join(root, "lock"), lambda: progress.say("waiting for another build on this host to end")):
            step("a job has begun")
            store = Store(root)
            remove_tree(store.path("work"))  # left by a build that was killed
            store.tidy()
            os.makedirs(store.path("work"), mode=0o755, exist_ok=True)
            tempfile.tempdir = store.path("work")  # builds do not see this host's /tmp
            workshop = Workshop(store, request, folder, progress.say, progress.made_lock)
            workshop.requirements.environments.forget_unused()
            step("ready to work")
            result = TASKS[request.get("task", "release")](workshop, request)
            step("worked")
    except WheelhouseError as error:
        result = {"error": error.as_dict()}
    except OSError as error:
        result = {"error": WheelhouseError("on the build host: {0}".format(error)).as_dict()}
    except BaseException as error:  # pylint: disable=broad-except
        traceback.print_exc()
        result = {"error": WheelhouseError(
            "unexpected {0}: {1}".format(type(error).__name__, error), log=traceback.format_exc()[-4000:],
            hint="this is a defect of nogcc.wheelhouse; please report it with these lines").as_dict()}
    sys.stdout.flush()
    archive = (request.get("project") or {}).get("archive")
    if archive:
        forget_upload(root, archive)
    write_file(os.path.join(folder, "result.json"), canonical_json(result), 0o600)
    step("told the result")


class _Progress:
    """Appends one JSON object a line; called from several threads."""

    def __init__(self, path):
        self.stream = open(path, "ab", buffering=0)  # pylint: disable=consider-using-with
        self.lock = threading.Lock()

    def say(self, text):
        self._write({"text": text})

    def made_lock(self, lock):
        self._write({"build_lock": lock})

    def _write(self, line):
        with self.lock:
            self.stream.write(canonical_json(line) + b"\n")


def _read_lines(path, offset):
    try:
        with open(path, "rb") as stream:
            stream.seek(offset)
            whole = stream.read().rpartition(b"\n")
    except FileNotFoundError:
        return [], offset
    lines = [json.loads(line.decode("utf-8")) for line in whole[0].split(b"\n") if line]
    return lines, offset + len(whole[0]) + len(whole[1])


def _read_result(folder):
    try:
        with open(os.path.join(folder, "result.json"), encoding="utf-8") as stream:
            return json.load(stream)
    except FileNotFoundError:
        return None


def _log_tail(folder):
    try:
        with open(os.path.join(folder, "log"), encoding="utf-8", errors="replace") as stream:
            return last_lines(stream.read())
    except OSError:
        return ""


def _forget_old(root):
    folder = os.path.join(root, "jobs")
    ended = [job for job in sorted(os.listdir(folder)) if not is_held(os.path.join(folder, job, "running"))]
    for job in ended[-KEEP:]:
        sweep(os.path.join(folder, job))
    for job in ended[:-KEEP]:
        shutil.rmtree(os.path.join(folder, job), ignore_errors=True)  # another start may be removing it too
