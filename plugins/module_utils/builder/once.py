# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Work that several threads may ask for: who asks first does it, the others wait for the result. And places to work in."""
import contextlib
import heapq
import itertools
import threading
from concurrent.futures import Future


class Cycle(Exception):
    """Something can only be made when it is there already; ``keys`` lead from it back to it."""

    def __init__(self, keys):
        super().__init__(" -> ".join(map(str, keys)))
        self.keys = keys


class Once:
    """Results by key, each made once. A failure is the failure of all who asked."""

    def __init__(self):
        self._lock = threading.Lock()
        self._results = {}
        self._waits = {}  # key -> the key whose result its maker is waiting for

    def get(self, key, make, wanted_by=None):
        """Return what ``make()`` returned for ``key``; ``wanted_by`` is the key that is being made meanwhile, if any.

        Raises what ``make`` raised, or Cycle when making ``key`` waits for ``wanted_by``.
        """
        with self._lock:
            if wanted_by is not None:
                self._refuse_cycle(key, wanted_by)
                self._waits[wanted_by] = key
            mine = key not in self._results
            future = self._results.setdefault(key, Future())
        try:
            if mine:
                try:
                    future.set_result(make())
                except BaseException as error:  # pylint: disable=broad-except
                    future.set_exception(error)  # is raised below, and for all who wait
            return future.result()
        finally:
            if wanted_by is not None:
                with self._lock:
                    self._waits.pop(wanted_by, None)

    def _refuse_cycle(self, key, wanted_by):
        chain = [wanted_by, key]
        while chain[-1] != wanted_by and chain[-1] in self._waits:
            chain.append(self._waits[chain[-1]])
        if chain[-1] == wanted_by:
            raise Cycle(chain)


class Slots:
    """``count`` places to work in; of the subjects that wait for one, that with the largest ``weight(subject)`` is next."""

    def __init__(self, count, weight):
        self._free = count
        self._weight = weight
        self._waiting = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def take(self, subject):
        """Have one of the places for ``subject`` during the block."""
        ticket = (-self._weight(subject), next(self._numbers))
        with self._changed:
            heapq.heappush(self._waiting, ticket)
            self._changed.wait_for(lambda: self._free and self._waiting[0] == ticket)
            heapq.heappop(self._waiting)
            self._free -= 1
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()
