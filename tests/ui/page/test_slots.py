"""So many at once, and the others wait, but not for ever."""

import threading

import pytest

from ui.page.slots import Busy, Slots


def test_who_waits_too_long_is_told_so_and_the_next_may_try_again() -> None:
    slots = Slots(1, 0.05)
    with slots, pytest.raises(Busy), Slots(1, 0.05), slots:
        raise AssertionError("there is one slot only")
    with slots:
        pass


def test_a_fault_inside_gives_the_slot_back() -> None:
    slots = Slots(1, 0.05)
    for _ in range(3):
        with pytest.raises(RuntimeError), slots:
            raise RuntimeError


def test_no_more_than_the_slots_are_inside_at_once() -> None:
    slots, inside, most, lock = Slots(2, 10), 0, 0, threading.Lock()

    def visit() -> None:
        nonlocal inside, most
        with slots:
            with lock:
                inside += 1
                most = max(most, inside)
            threading.Event().wait(0.01)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=visit) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2
