# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Builds as jobs: they go on when the connection breaks, and write down where they are (see progress.py)."""
import os
import re
import shutil
import sys
import tempfile
import time
import traceback
import uuid

from ..common.channel import MORE_MEMORY
from ..common.errors import WheelhouseError
from ..common.exchange import forget_upload
from ..common.files import canonical_json, write_file
from ..common.manifest import check_app
from ..common.steps import step
from ..common.unfinished import MADE, NAME, sweep
from .exclusive import exclusive, is_held
from .folder import JOB
from .hints import of_the_host
from .progress import Progress, poll
from .release import build_release
from .restart import forget_unsure
from .share import build_share
from .store import Store
from .untrusted import remove_tree
from .verify import verify
from .workshop import Workshop

_TURN = 0.03  # seconds until a thread that works has to let another: what they wait for are processes, and each change costs both
KEEP = 5  # finished jobs whose logs are kept
_WORK = re.compile("|".join((MADE.pattern, NAME.pattern, "git-[a-z0-9_]{8}", "bundle-.+", ".+-[0-9a-f]{8}")))  # what is in "work" (see compile.py)
TASKS = {"release": build_release, "share": build_share, "verify": verify}


def start(root, request, wait=0):
    """Start building ``request`` in a process of its own; return ``{"job": id}``, and with ``wait`` also what ``progress.poll`` returns then.

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
    return dict(poll(root, job, wait=wait) if wait else {}, job=job)


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
    progress = Progress(os.path.join(folder, "progress.jsonl"))
    try:
        with exclusive(os.path.join(root, "lock"), lambda: progress.say("waiting for another build on this host to end")):
            step("a job has begun")
            sys.setswitchinterval(_TURN)
            store = Store(root)
            _clear(store.path("work"))
            store.tidy()
            forget_unsure(store)
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
        result = {"error": of_the_host(error).as_dict()}
    except MemoryError:
        result = {"error": WheelhouseError("there was not enough memory on the build host", hint=MORE_MEMORY).as_dict()}
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


def _clear(work):
    """Remove what a build that was killed left; no other one is at work."""
    for name in os.listdir(work) if os.path.isdir(work) else ():
        if _WORK.fullmatch(name):
            remove_tree(os.path.join(work, name))


def _forget_old(root):
    folder = os.path.join(root, "jobs")
    ended = [job for job in sorted(os.listdir(folder)) if JOB.fullmatch(job) and not is_held(os.path.join(folder, job, "running"))]
    for job in ended[-KEEP:]:
        sweep(os.path.join(folder, job))
    for job in ended[:-KEEP]:
        shutil.rmtree(os.path.join(folder, job), ignore_errors=True)  # another start may be removing it too
