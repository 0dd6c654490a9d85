"""What every step of a flow promises, whichever it is."""

from __future__ import annotations

import inspect

import keras
import numpy as np
import pytest

from kfdiv import flows
from tests.flows.support import jacobians, normals, randomize

SIZE = 5
# None of them the default.
OPTIONS = {"units": [8], "activation": "silu", "max_log_scale": 2.0}
BIJECTIONS = {
    "Affine": lambda **options: flows.Affine(SIZE, **options),
    "AffineCoupling": lambda **options: flows.AffineCoupling(
        [False, True, True, False, True], **OPTIONS, **options
    ),
    "MaskedAutoregressive": lambda **options: flows.MaskedAutoregressive(
        SIZE, **OPTIONS, **options
    ),
    "RecurrentAutoregressive": lambda **options: flows.RecurrentAutoregressive(
        SIZE, **OPTIONS, **options
    ),
    "Permutation": lambda **options: flows.Permutation([3, 0, 4, 1, 2], **options),
}


@pytest.fixture(params=BIJECTIONS)
def make(request):
    return BIJECTIONS[request.param]


def test_every_public_bijection_is_tried_here() -> None:
    public = [getattr(flows, name) for name in flows.__all__]
    classes = {cls for cls in public if inspect.isclass(cls) and issubclass(cls, flows.Bijection)}
    assert set(BIJECTIONS) == {cls.__name__ for cls in classes if not inspect.isabstract(cls)}


def test_forward_undoes_inverse(make) -> None:
    bijection = randomize(make())
    x = normals(500, SIZE, dtype="float32")
    z, _ = bijection.inverse(x)
    assert not np.allclose(z, x)
    np.testing.assert_allclose(bijection.forward(z), x, atol=1e-5)


def test_log_determinant_is_that_of_the_jacobian_in_both_directions(make) -> None:
    bijection = randomize(make(dtype="float64"))
    x = normals(7, SIZE)
    z, log_det = bijection.inverse(x)
    assert log_det.shape == (7,)
    backward = jacobians(lambda x: bijection.inverse(x)[0], x)
    np.testing.assert_allclose(log_det, np.linalg.slogdet(backward)[1], atol=1e-11)
    forward = jacobians(bijection.forward, z.numpy())
    np.testing.assert_allclose(log_det, -np.linalg.slogdet(forward)[1], atol=1e-11)


def test_the_layer_returns_the_inverse(make) -> None:
    bijection = randomize(make())
    x = normals(3, SIZE, dtype="float32")
    for found, wanted in zip(bijection(x), bijection.inverse(x), strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_config_and_weights_come_back(make) -> None:
    bijection = randomize(make(name="mine", dtype="float64"))
    loaded = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(bijection))
    assert loaded.get_config() == bijection.get_config()
    loaded.set_weights(bijection.get_weights())
    x = normals(3, SIZE)
    np.testing.assert_array_equal(loaded.forward(x), bijection.forward(x))


@pytest.mark.parametrize("shape", [(7, SIZE + 1), (7, 1), (SIZE,), (7, SIZE, 1)])
def test_another_shape_is_refused(make, shape) -> None:
    bijection = make()
    for function in (bijection.forward, bijection.inverse):
        with pytest.raises(ValueError, match=r"received values of shape .* expected \('batch', 5"):
            function(np.zeros(shape, "float32"))
