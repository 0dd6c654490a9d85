"""The streaming counts, against counting all at once."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from kfdiv.metrics import ModeCoverage

WEIGHTS = [4.0, 1.0, 2.0, 1.0]


def labels():
    return np.random.default_rng(0).choice([-1, 0, 1, 2], p=[0.1, 0.6, 0.1, 0.2], size=500)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_batches_give_what_all_at_once_give(jit_compile):
    metric = ModeCoverage(WEIGHTS, least=60)
    update = tf.function(lambda batch: metric.update_state(batch), jit_compile=jit_compile)
    for batch in np.split(labels(), 5):
        update(tf.constant(batch))
    counts = [(labels() == mode).sum() for mode in range(4)]
    assert float(metric.result()) == sum(count >= 60 for count in counts) == 2
    assert float(metric.reverse_kl()) == pytest.approx(stats.entropy(counts, WEIGHTS), rel=1e-12)


def test_it_is_infinite_before_the_first_sample_and_resets():
    metric = ModeCoverage(WEIGHTS)
    assert float(metric.reverse_kl()) == np.inf
    metric.update_state([0, 1, 2, 3])
    assert float(metric.result()) == 4
    metric.reset_state()
    assert float(metric.result()) == 0
    assert float(metric.reverse_kl()) == np.inf


def test_replicas_add_their_counts(two_replicas):
    with two_replicas.scope():
        metric = ModeCoverage(WEIGHTS)
    split = two_replicas.experimental_distribute_values_from_function(
        lambda context: tf.constant([[0, 1], [1, 3]][context.replica_id_in_sync_group])
    )
    tf.function(lambda: two_replicas.run(metric.update_state, args=(split,)))()
    assert float(metric.result()) == 3
    assert float(metric.reverse_kl()) == pytest.approx(stats.entropy([1, 2, 0, 1], WEIGHTS))


def test_it_is_rebuilt_from_its_config():
    config = keras.saving.serialize_keras_object(ModeCoverage(WEIGHTS, least=3, name="modes"))
    rebuilt = keras.saving.deserialize_keras_object(config)
    assert (rebuilt.weights, rebuilt.least, rebuilt.name) == (WEIGHTS, 3, "modes")


@pytest.mark.parametrize(
    ("arguments", "message"), [(([1.0, 0.0],), "weights"), (([1.0], 0), "lea")]
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        ModeCoverage(*arguments)


def test_samples_have_no_weights():
    with pytest.raises(ValueError, match="Leave sample_weight out"):
        ModeCoverage(WEIGHTS).update_state([0, 1], sample_weight=[1.0, 2.0])
