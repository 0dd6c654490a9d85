import itertools

import pytest
import tensorflow as tf

from kfdiv.data.grouping import Grouping


def cuts(size, epoch, short, steps):
    """The steps at which a group begins, by the definition."""
    begins = set()
    for step in range(steps):
        at_multiple = (step % epoch) % size == 0
        at_short = short is not None and (step % short == 0 or step % short == short - 1)
        if at_multiple or at_short:
            begins.add(step)
    return sorted(begins)


@pytest.mark.parametrize("size", [1, 3, 50])
@pytest.mark.parametrize("epoch", [1, 5, 6])
@pytest.mark.parametrize("short", [None, 1, 2, 5])
def test_cuts_where_the_definition_says(size, epoch, short):
    grouping = Grouping(size, epoch, short)
    begins = cuts(size, epoch, short, 60)
    for start, stop in itertools.pairwise(begins):
        for step in range(start, stop):
            assert int(grouping.start(tf.constant(step, tf.int64))) == start
            assert int(grouping.stop(tf.constant(step, tf.int64))) == stop
