import numpy as np

from kfdiv.networks import SelfAttention
from tests.compiled import graph_and_xla


def maps(height=4, width=6, channels=8):
    rng = np.random.default_rng(0)
    return rng.normal(size=(2, height, width, channels)).astype("float32")


def test_it_starts_as_the_identity():
    x = maps()
    np.testing.assert_array_equal(SelfAttention()(x), x)


def test_it_computes_the_formula():
    x = maps()
    layer = SelfAttention()
    layer(x)
    layer.gamma.assign(0.7)
    q, k, v = (np.asarray(convolution(x)) for convolution in (layer.query, layer.key, layer.value))
    assert (q.shape[-1], k.shape[-1], v.shape[-1]) == (1, 1, 4)
    k, v = (part.reshape(2, 2, 2, 3, 2, -1).max((2, 4)).reshape(2, 6, -1) for part in (k, v))
    logits = q.reshape(2, 24, -1) @ k.transpose(0, 2, 1)
    weights = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    found = (weights @ v).reshape(2, 4, 6, 4)
    expected = x + 0.7 * np.asarray(layer.output_layer(found))
    np.testing.assert_allclose(layer(x), expected, rtol=1e-4, atol=1e-5)


def test_every_pixel_sees_every_other():
    x = maps()
    layer = SelfAttention()
    layer(x)
    layer.gamma.assign(1.0)
    changed = x.copy()
    changed[:, 0, 0] += 3.0
    difference = np.abs(np.asarray(layer(changed)) - np.asarray(layer(x)))
    assert difference[:, 3, 5].max() > 1e-4


def test_its_kernels_are_normalised_in_training():
    x = maps()
    layer = SelfAttention()
    layer(x)
    layer.gamma.assign(1.0)
    before = [layer.query.u.numpy(), layer.output_layer.u.numpy()]
    layer(x, training=True)
    for u, start in zip((layer.query.u, layer.output_layer.u), before, strict=True):
        assert np.abs(u - start).max() > 1e-3


def test_eager_graph_and_xla_agree():
    x = maps()
    layer = SelfAttention()
    layer(x)
    layer.gamma.assign(0.7)
    start = [variable.numpy() for variable in layer.non_trainable_variables]
    expected = layer(x, training=True)
    for compiled in graph_and_xla(lambda: layer(x, training=True)):
        for variable, value in zip(layer.non_trainable_variables, start, strict=True):
            variable.assign(value)
        np.testing.assert_allclose(compiled(), expected, rtol=1e-4, atol=1e-5)


def test_odd_sides_and_few_channels():
    x = maps(3, 5, 2)
    layer = SelfAttention()
    layer(x)
    layer.gamma.assign(1.0)
    assert layer(x).shape == x.shape
