"""The annealing of Zhang et al. 2019, section 3.1."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kfdiv.noise import Annealed


def test_values_are_the_papers():
    schedule = Annealed(1.0, 0.1, 1000)
    for step in (0, 1, 250, 999, 1000):
        np.testing.assert_allclose(schedule(step), 1.0 * 0.1 ** (step / 1000), rtol=1e-6)
    np.testing.assert_allclose(schedule(5000), 0.1, rtol=1e-6)


def test_it_works_in_a_graph_and_under_xla():
    schedule = Annealed(2.0, 0.5, 10)
    for jit in (False, True):
        function = tf.function(schedule, jit_compile=jit)
        np.testing.assert_allclose(function(tf.constant(5, tf.int64)), 1.0, rtol=1e-6)


def test_serialisation():
    schedule = Annealed(2.0, 0.5, 10)
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(schedule))
    assert copy.get_config() == {"initial": 2.0, "final": 0.5, "steps": 10}
    assert float(copy(3)) == float(schedule(3))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0, 0.1, 10), "initial must be a finite width > 0.*got 0.0"),
        ((1.0, -0.1, 10), "final must be a finite width > 0.*got -0.1"),
        ((1.0, float("nan"), 10), "final must be a finite width > 0.*got nan"),
        ((1.0, 0.1, 0), "steps must be an integer of at least 1, but got 0"),
        ((1.0, 0.1, 2.5), r"steps must be an integer of at least 1, but got 2\.5"),
    ],
)
def test_arguments_that_are_not_positive_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Annealed(*arguments)
