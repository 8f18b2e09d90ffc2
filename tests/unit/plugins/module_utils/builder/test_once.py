# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import threading
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.once import Cycle, Once, Slots


def in_threads(*functions):
    """Run the functions at the same time; return what they returned or raised."""
    found = [None] * len(functions)

    def run(number):
        try:
            found[number] = functions[number]()
        except Exception as error:
            found[number] = error
    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive(), "it hangs"
    return found


def test_it_is_made_once_for_all_who_ask():
    once, made = Once(), []

    def make():
        time.sleep(0.05)
        made.append(1)
        return "result"
    assert in_threads(*[lambda: once.get("key", make)] * 5) == ["result"] * 5 and made == [1]


def test_a_failure_is_everyones():
    once = Once()

    def fail():
        time.sleep(0.05)
        raise ValueError("no")
    assert [str(found) for found in in_threads(*[lambda: once.get("key", fail)] * 3)] == ["no"] * 3


def test_what_waits_for_itself():
    once = Once()
    with pytest.raises(Cycle) as caught:
        once.get("a", lambda: once.get("b", lambda: once.get("a", lambda: 1, wanted_by="b"), wanted_by="a"))
    assert caught.value.keys == ["b", "a", "b"]


def test_two_threads_that_wait_for_each_other():
    once, both = Once(), threading.Barrier(2)

    def make(own, other):
        both.wait(5)
        return once.get(other, lambda: "never", wanted_by=own)
    found = in_threads(lambda: once.get("a", lambda: make("a", "b")), lambda: once.get("b", lambda: make("b", "a")))
    assert all(isinstance(error, Cycle) for error in found)


def test_a_chain_is_no_cycle():
    once = Once()
    assert once.get("a", lambda: once.get("b", lambda: once.get("c", lambda: 1, wanted_by="b"), wanted_by="a")) == 1
    assert once.get("c", lambda: 2, wanted_by="b") == 1


def test_no_more_than_there_are_slots_and_the_largest_first():
    slots, order, working, most = Slots(1, int), [], [], []
    first = threading.Event()

    def work(weight):
        with slots.take(weight):
            working.append(weight)
            most.append(len(working))
            order.append(weight)
            first.set()
            time.sleep(0.05)
            working.remove(weight)

    def later(weight):
        first.wait(5)
        work(weight)
    in_threads(lambda: work(0), *(lambda weight=weight: later(weight) for weight in (1, 3, 2)))
    assert max(most) == 1 and order[0] == 0 and order[-1] == min(order[1:])


def test_a_slot_is_given_back_whatever_happens():
    slots = Slots(1, int)
    with pytest.raises(ValueError):
        with slots.take(1):
            raise ValueError
    with slots.take(1):
        pass
