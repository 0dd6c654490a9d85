import sys
import types

import keras
import numpy as np
import pytest

from kfdiv.networks import resnet_encoder


def test_the_backbone_is_resnet_50():
    encoder = resnet_encoder()
    backbone = encoder.layers[1]
    # He et al. 2016: a stem, then blocks of 1 x 1, 3 x 3 and 1 x 1, four times as wide at the end.
    kernels, normalised, inputs = 7 * 7 * 3 * 64, 64, 64
    for filters, blocks in ((64, 3), (128, 4), (256, 6), (512, 3)):
        for block in range(blocks):
            kernels += inputs * filters + 9 * filters**2 + filters * 4 * filters
            normalised += 6 * filters
            if block == 0:
                kernels += inputs * 4 * filters
                normalised += 4 * filters
            inputs = 4 * filters
    assert backbone.count_params() == kernels + 4 * normalised == 23_561_152
    assert backbone.output_shape == (None, 2, 2, 2048)
    head = 2049 * 1024 + 2 * 1025 * 1024 + 1025 * 200
    assert encoder.count_params() == backbone.count_params() + head
    # The first hidden layer has another size than the pooled features, so only two are skipped.
    assert len([layer for layer in encoder.layers if isinstance(layer, keras.layers.Add)]) == 2


def test_a_skip_adds_what_a_layer_was_given():
    encoder = resnet_encoder((16, 16, 3), 2, (4, 4), filters=(2, 3), blocks=(2, 2))
    x = np.random.default_rng(0).normal(size=(3, 16, 16, 3)).astype("float32")
    pooled = np.asarray(encoder.layers[1](x)).mean((1, 2))
    first, second, last = (
        layer.get_weights() for layer in encoder.layers if isinstance(layer, keras.layers.Dense)
    )
    h = np.maximum(pooled @ first[0] + first[1], 0)
    h = h + np.maximum(h @ second[0] + second[1], 0)
    np.testing.assert_allclose(encoder(x), h @ last[0] + last[1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("stacks", [{"blocks": (2, 1)}, {"blocks": (2,)}, {"filters": (2, 3, 4)}])
def test_stacks_that_do_not_fit_are_refused(stacks):
    with pytest.raises(ValueError, match="two blocks or more"):
        resnet_encoder((16, 16, 3), **{"filters": (2, 3), "blocks": (2, 2), **stacks})


@pytest.fixture
def _no_keras_cv(monkeypatch):
    # What `import` takes for a module that is not there.
    monkeypatch.setitem(sys.modules, "keras_cv.models", None)


@pytest.mark.usefixtures("_no_keras_cv")
def test_without_keras_cv_it_is_built_by_keras_hub(monkeypatch):
    given = {}

    def backbone(image_shape, **arguments):
        given.update(arguments)
        return keras.Sequential([keras.Input(image_shape), keras.layers.Conv2D(5, 3)])

    hub = types.ModuleType("keras_hub")
    hub.models = types.ModuleType("keras_hub.models")
    hub.models.ResNetBackbone = backbone
    monkeypatch.setitem(sys.modules, "keras_hub", hub)
    monkeypatch.setitem(sys.modules, "keras_hub.models", hub.models)
    encoder = resnet_encoder((16, 16, 3), 2, (4,), filters=(64, 128), blocks=(2, 3))
    assert encoder.output_shape == (None, 2)
    assert given == {
        "input_conv_filters": [64],
        "input_conv_kernel_sizes": [7],
        "stackwise_num_filters": [64, 128],
        "stackwise_num_blocks": [2, 3],
        "stackwise_num_strides": [1, 2],
        "block_type": "bottleneck_block",
    }


@pytest.mark.rehearsal
def test_keras_hub_builds_a_network_of_the_same_parameters(monkeypatch):
    """Where keras-hub is installed, which the tests do not ask for."""
    pytest.importorskip("keras_hub")
    arguments = {"head_units": (4,), "filters": (64, 8), "blocks": (2, 2)}
    first = resnet_encoder((32, 32, 3), 2, **arguments)
    monkeypatch.setitem(sys.modules, "keras_cv.models", None)
    second = resnet_encoder((32, 32, 3), 2, **arguments)
    assert type(first.layers[1]).__module__ != type(second.layers[1]).__module__
    shapes = [[variable.shape for variable in model.weights] for model in (first, second)]
    assert shapes[0] == shapes[1]


@pytest.mark.usefixtures("_no_keras_cv")
def test_without_either_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "keras_hub.models", None)
    with pytest.raises(ImportError, match="pip install keras-cv, or pip install keras-hub"):
        resnet_encoder((16, 16, 3), filters=(2, 3), blocks=(2, 2))
