"""Strategies by name, and side by side in one process."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from kfdiv import strategies
from kfdiv.models.checks.data import UnsynchronizedWarning, check_replicas
from kfdiv.strategies.multi_worker import check_cluster
from tests.models import contract


@pytest.mark.parametrize("count", [2, pytest.param(4, marks=pytest.mark.rehearsal), 1])
def test_strategies_of_any_size_stand_side_by_side(count):
    """By TensorFlow's default the second size fails, and every reduction of the process after."""
    strategy = strategies.mirrored([f"CPU:{index}" for index in range(count)])

    def total():
        context = tf.distribute.get_replica_context()
        return context.all_reduce(tf.distribute.ReduceOp.SUM, tf.ones(3))

    summed = tf.function(lambda: strategy.experimental_local_results(strategy.run(total)))()
    np.testing.assert_array_equal(summed, np.full((count, 3), count))


def test_all_devices_are_taken_by_default():
    devices = tf.config.list_logical_devices("CPU")
    assert strategies.by_name("mirrored").num_replicas_in_sync == len(devices) > 1


def test_names_and_devices_are_checked(monkeypatch):
    with pytest.raises(ValueError, match="one of mirrored, multi_worker, tpu, but got 'miror"):
        strategies.by_name("mirorred")
    with pytest.raises(ValueError, match="at least one device"):
        strategies.mirrored([])
    cpu = tf.config.list_logical_devices("CPU")[:1]
    monkeypatch.setattr(tf.config, "list_logical_devices", {"GPU": [], "CPU": cpu}.get)
    with pytest.raises(ValueError, match="no GPU and one CPU device"):
        strategies.by_name("mirrored")


CLUSTER = {"worker": ["a:1", "b:1"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "which is not set"),
        ("{", "not readable"),
        (json.dumps({"cluster": CLUSTER}), "not readable .*task"),
        ({"type": "worker", "index": 2}, "worker 2, is none of the cluster"),
        ({"type": "ps", "index": 0}, "ps 0, is none of the cluster"),
    ],
)
def test_what_is_wrong_with_the_cluster_is_told(text, message):
    if isinstance(text, dict):
        text = json.dumps({"cluster": CLUSTER, "task": text})
    with pytest.raises(ValueError, match=f"TF_CONFIG.*{message}"):
        check_cluster(text)


def test_addresses_of_the_cluster_are_checked():
    config = {"cluster": {"worker": ["a"]}, "task": {"type": "worker", "index": 0}}
    with pytest.raises(ValueError, match="HOST:PORT, but one is 'a'"):
        check_cluster(json.dumps(config))


def test_one_worker_sums_and_hears_itself():
    workers = strategies.Workers(strategies.mirrored(["CPU:0", "CPU:1"]))
    assert (workers.count, workers.is_chief, workers.is_many) == (1, True, False)
    assert workers.sum([3, 4]).tolist() == [3, 4]
    assert workers.from_chief(b"abc") == b"abc"


def test_a_batch_normalisation_of_shares_is_told(two_replicas):
    parts = contract.networks("fgan")
    layers = [keras.Input((contract.EVENT,)), keras.layers.BatchNormalization()]
    parts["critic"] = keras.Sequential([*layers, keras.layers.Dense(1)])
    with two_replicas.scope():
        model = kfdiv.models.FGAN(decoder=parts["decoder"], critic=parts["critic"])
    with pytest.warns(UnsynchronizedWarning, match="synchronized=True"):
        check_replicas(model, 20)
    layers[1].synchronized = True
    check_replicas(model, 20)


def test_what_one_replica_meets_is_told_of_all(two_replicas):
    """A NaN in the share of the second replica."""
    with two_replicas.scope():
        model = contract.build("vae", run_eagerly=True)
    x = contract.examples()[:40]
    x[35] = np.nan
    data = tf.data.Dataset.from_tensor_slices(x).batch(20, drop_remainder=True)
    with pytest.raises(FloatingPointError, match=r"`data \(x\)` was not finite at step 1"):
        model.fit(data, verbose=0)
