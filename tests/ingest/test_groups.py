"""Links become groups, whatever their order."""

import random

from ingest.groups import Groups


def test_a_chain_is_one_group_and_a_stranger_is_none_of_it() -> None:
    links = [(n, n + 1, 0.9) for n in range(1, 100)]
    random.Random(0).shuffle(links)
    groups = Groups(102)
    groups.link(links)
    assert {groups.first(n) for n in range(1, 101)} == {1}
    assert [groups.first(n) for n in (101, 102)] == [101, 102]


def test_the_strength_is_that_of_the_strongest_link() -> None:
    groups = Groups(4)
    groups.link([(2, 3, 0.5), (3, 4, 0.75), (4, 3, 0.25)])
    assert [groups.strength[n] for n in range(1, 5)] == [0.0, 0.5, 0.75, 0.75]
