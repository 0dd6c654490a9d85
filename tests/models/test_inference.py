"""What `fit` takes, inference takes with the same meaning, in parts that change no result."""

from __future__ import annotations

import random
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import kfdiv

BYTES = np.random.default_rng(0).integers(0, 256, (60, 4, 4, 1)).astype("uint8")
X = BYTES / np.float32(255)
Y, W = np.arange(60), np.arange(60).astype("float32") % 3


def build() -> kfdiv.models.VAE:
    random.seed(0)
    network = kfdiv.networks.mlp
    decoder = kfdiv.distributions.Normal(network((2,), [8], (4, 4, 1)), scale=0.5)
    model = kfdiv.models.VAE(network((4, 4, 1), [8], 4), decoder)
    model.compile(run_eagerly=True, jit_compile=False)
    return model


@pytest.fixture(scope="module")
def model() -> kfdiv.models.VAE:
    return build()


INFERENCE = {
    "encode": lambda model, x, **options: model.encode(x, **options),
    "encode with a seed": lambda model, x, **options: model.encode(x, seed=3, **options),
    "reconstruct": lambda model, x, **options: model.reconstruct(x, **options),
    "log_prob": lambda model, x, **options: model.log_prob(x, num_samples=2, **options),
    "predict": lambda model, x, **options: model.predict(x, verbose=0, **options),
}
# The ways in which data are read; the others go one of them.
WAYS = ("encode", "encode with a seed", "predict")
# One value an example, though evaluations are of all of them.
EVERYTHING = {
    **INFERENCE,
    "call": lambda model, x: model(x),
    "evaluate": lambda model, x: model.evaluate(x, verbose=0),
}


def split(*parts: np.ndarray) -> list:
    """Batches of 25, 25 and 10 examples."""
    cut = [tuple(part[i : i + 25] for part in parts) for i in range(0, 60, 25)]
    return [one[0] if len(parts) == 1 else one for one in cut]


class Batches(keras.utils.PyDataset):
    def __init__(self, items: list) -> None:
        super().__init__()
        self.items = items

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> object:
        return self.items[index]


class Loader:
    """What PyTorch's DataLoader looks like."""

    def __init__(self, items: list) -> None:
        self.items = items

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> object:
        return iter(self.items)


def sliced(*parts: np.ndarray) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(parts if parts[1:] else parts[0]).batch(25)


SOURCES = {
    "tensor": lambda x: tf.constant(x),
    "variable": lambda x: tf.Variable(x),
    "list of examples": list,
    "nested lists": lambda x: x.astype("float64").tolist(),
    "float64": lambda x: x.astype("float64"),
    "data set": sliced,
    "labelled": lambda x: sliced(x, Y),
    "weighted": lambda x: sliced(x, Y, W),
    "stream": lambda x: kfdiv.data.from_arrays(
        x, Y, batch_size=25, shuffle=False, drop_remainder=False, sample_weight=W
    ),
    "PyDataset": lambda x: Batches(split(x, Y, W)),
    "loader": lambda x: Loader(split(x)),
    "generator": lambda x: (batch for batch in split(x, Y)),
    "function": lambda x: lambda: iter(split(x)),
}


@pytest.fixture(scope="module")
def of_array(model) -> dict[str, np.ndarray]:
    """What is inferred of an array."""
    return {name: np.asarray(infer(model, X)) for name, infer in INFERENCE.items()}


@pytest.mark.parametrize("source", SOURCES)
def test_data_of_all_sorts_give_what_an_array_gives(model, of_array, source):
    for name in INFERENCE if source == "stream" else WAYS:
        found = INFERENCE[name](model, SOURCES[source](X))
        assert found.shape == of_array[name].shape
        np.testing.assert_allclose(found, of_array[name], rtol=1e-5, atol=1e-5, err_msg=name)


BYTE_SOURCES = ["tensor", "list of examples", "data set", "stream", "PyDataset", "generator"]


@pytest.mark.parametrize("fitted_on", ["bytes", pytest.param("range", marks=pytest.mark.rehearsal)])
def test_bytes_are_scaled_like_the_data_that_were_fitted(fitted_on, tmp_path):
    model = build()
    ours = X if fitted_on == "bytes" else 2 * X - 1
    if fitted_on == "bytes":
        model.fit(sliced(BYTES), verbose=0)
    else:
        stream = kfdiv.data.from_arrays(BYTES, batch_size=30, value_range=(-1, 1))
        model.fit(stream, verbose=0)
        found = model.encode(BYTES)
        model.save(tmp_path / "model.keras")
        model = keras.saving.load_model(tmp_path / "model.keras")
        np.testing.assert_allclose(found, model.encode(ours), rtol=1e-4, atol=1e-5)
    for name, infer in EVERYTHING.items():
        tolerance = {"rtol": 1e-4, "atol": 1e-5, "err_msg": name}
        np.testing.assert_allclose(infer(model, BYTES), infer(model, ours), **tolerance)
    expected = model.encode(ours)
    for source in BYTE_SOURCES:
        if source != "stream":  # which has a range of its own
            found = model.encode(SOURCES[source](BYTES))
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5, err_msg=source)
    # A further fit scales them so, too, and so is what it validates on.
    assert model.known_pixel_range() == ((0, 1) if fitted_on == "bytes" else (-1, 1))
    logs = model.fit(Batches(split(BYTES)), validation_data=sliced(BYTES), verbose=0).history
    expected = model.evaluate(sliced(ours), verbose=0)[0]
    assert logs["val_loss"][0] == pytest.approx(expected, rel=1e-4)
    assert model.known_pixel_range() == ((0, 1) if fitted_on == "bytes" else (-1, 1))


def test_validation_data_are_scaled_like_those_of_the_same_fit():
    model = build()
    stream = kfdiv.data.from_arrays(BYTES, batch_size=30, value_range=(-1, 1))
    logs = model.fit(stream, validation_data=BYTES, verbose=0).history
    assert logs["val_loss"][0] == pytest.approx(model.evaluate(2 * X - 1, verbose=0)[0], rel=1e-4)


@pytest.mark.parametrize("floats", [5 * X, X - 0.1, kfdiv.data.from_arrays(X - 0.1, batch_size=9)])
def test_bytes_are_refused_where_their_scale_is_not_known(floats):
    model = build()
    model.fit(floats, verbose=0)
    refusal = "8-bit pixels, but this model was fitted on floats outside of"
    for name, infer in (EVERYTHING | {"fit": lambda model, x: model.fit(x, verbose=0)}).items():
        sources = (BYTES, sliced(BYTES), Loader(split(BYTES)))
        for x in sources if name in ("fit", "evaluate", *WAYS) else (BYTES,):
            with pytest.raises(ValueError, match=refusal):
                infer(model, x)
    graph = tf.function(lambda x: model(x), autograph=False)
    with pytest.raises(tf.errors.InvalidArgumentError, match=refusal):
        graph(tf.constant(BYTES))
    model.fit(X, verbose=0)
    # What a graph scales to is no part of it.
    np.testing.assert_allclose(graph(tf.constant(BYTES)), model(X), rtol=1e-5, atol=1e-6)


def test_the_range_is_that_of_all_of_an_array():
    model = build()
    x = X.copy()
    x[59, 0, 0, 0] = 1.5
    model.fit(x, batch_size=10, shuffle=False, verbose=0)
    assert np.isnan(model.known_pixel_range()).all()


REFUSED = {
    "a batch axis": (X[0], ValueError, r"x\[None\]"),
    "a channel axis": (X[..., 0], ValueError, r"x\[..., None\]"),
    "a channel axis in a data set": (sliced(X[..., 0]), ValueError, r"x\[..., None\]"),
    "other sizes": (X.reshape(60, 16), ValueError, r"x.reshape\(-1, 4, 4, 1\)"),
    "batches in a list": (split(X), ValueError, r"join them: np.concatenate\(x\)"),
    "parts in a tuple": ((X, Y), ValueError, "pass its parts"),
    "integers": (BYTES.astype(int), TypeError, r"dtype int64; expected floats, or uint8"),
    "lists of integers": (BYTES.tolist(), TypeError, "expected floats, or uint8"),
    "integers in a data set": (sliced(BYTES.astype(int)), TypeError, "tf.cast"),
    "a dict": ({"image": X}, ValueError, r"x\['image'\]"),
    "nothing": (None, TypeError, "NoneType"),
    "no end": (sliced(X).repeat(), ValueError, r"an end|endless"),
    "no batches": (sliced(X).take(0), ValueError, "empty data set"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_fit_refuses_inference_refuses(model, case):
    x, error, message = REFUSED[case]
    for infer in INFERENCE.values():
        with pytest.raises(error, match=message):
            infer(model, x)


def test_what_cannot_be_conditional_or_cut_says_so(model):
    with pytest.raises(ValueError, match="leave it out, and give it batches of that size"):
        model.encode(sliced(X), batch_size=10)
    with pytest.raises(ValueError, match="batch_size must be an integer of at least 1"):
        model.sample(5, batch_size=0)
    with pytest.raises(ValueError, match=r"is not conditional; leave `condition` out"):
        model.encode(X, condition=3)
    critic = kfdiv.networks.mlp((4, 4, 1), [], 1)
    fgan = kfdiv.models.FGAN(kfdiv.networks.mlp((2,), [], (4, 4, 1)), critic)
    for infer in INFERENCE.values():
        with pytest.raises(ValueError, match="built without an encoder"):
            infer(fgan, X)


@pytest.mark.parametrize("batch_size", [25, 60])
def test_the_size_of_parts_changes_nothing(model, of_array, batch_size):
    for name, infer in INFERENCE.items():
        found = infer(model, X, batch_size=batch_size)
        np.testing.assert_allclose(found, of_array[name], atol=1e-5, err_msg=name)


@pytest.mark.parametrize("noise", [False, True])
def test_many_samples_are_the_same_however_they_are_cut(model, noise):
    whole = model.sample(1_150, seed=2, observation_noise=noise).numpy()
    cut = model.sample(1_150, seed=2, observation_noise=noise, batch_size=330)
    np.testing.assert_allclose(cut, whole, atol=1e-6)
    if noise:
        # Blocks have noise of their own.
        residual = whole - model.sample(1_150, seed=2).numpy()
        assert np.abs(np.corrcoef(residual[:150].ravel(), residual[1000:].ravel())[0, 1]) < 0.1


def test_many_codes_are_the_same_however_they_come(model):
    many = np.tile(X, (19, 1, 1, 1))[:1_100]
    expected = model.encode(many, seed=5)
    for x in (many, tf.data.Dataset.from_tensor_slices(many).batch(64)):
        options = {"batch_size": 300} if x is many else {}
        np.testing.assert_allclose(model.encode(x, seed=5, **options), expected, atol=1e-6)
    noise = (expected - model.encode(many)).numpy()
    assert len(np.unique(noise[:, 0])) == len(many)


def test_networks_never_see_more_than_a_part(model, monkeypatch):
    seen = []
    mean = model.decoder.mean
    monkeypatch.setattr(model.decoder, "mean", lambda z, **o: seen.append(len(z)) or mean(z, **o))
    model.sample(2_100)
    model.decode(np.zeros((10, 2)), batch_size=4)
    model.reconstruct(sliced(X))
    assert seen == [1000, 1000, 100, 4, 4, 2, 25, 25, 10]


def test_gradients_pass_through(model):
    x = tf.constant(X[:3])
    with tf.GradientTape() as tape:
        tape.watch(x)
        codes = model.encode(x)
    assert np.abs(tape.gradient(codes, x)).max() > 0


def test_predict_honours_what_keras_gives_it(model):
    batches = []
    count = keras.callbacks.LambdaCallback(
        on_predict_batch_end=lambda batch, logs: batches.append(batch)
    )
    found = model.predict(sliced(X, Y, W), verbose=0, steps=2, callbacks=[count])
    np.testing.assert_allclose(found, model.reconstruct(X[:50]), atol=1e-6)
    assert batches == [0, 1]
    assert isinstance(found, np.ndarray)
    with pytest.raises(ValueError, match=r"evaluate\(..., steps=N\)|steps"):
        model.predict(sliced(X).repeat(), verbose=0)
    # After a fit to another range what was traced before holds no more.
    again = build()
    again.fit(X, verbose=0)
    again.predict(BYTES, verbose=0)
    again.fit(kfdiv.data.from_arrays(BYTES, batch_size=30, value_range=(-1, 1)), verbose=0)
    np.testing.assert_allclose(
        again.predict(BYTES, verbose=0), again.reconstruct(2 * X - 1), atol=1e-5
    )


PROGRAM = """
import resource
import kfdiv
network = kfdiv.networks
decoder = kfdiv.distributions.Normal(network.conv_decoder(8, (28, 28, 1)), scale=0.5)
model = kfdiv.models.VAE(network.conv_encoder((28, 28, 1), 16), decoder)
model.sample(10, observation_noise=True)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for noise in (False, True):
    assert model.sample(50_000, observation_noise=noise).shape[0] == 50_000
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.rehearsal
def test_fifty_thousand_samples_take_less_than_a_gibibyte():
    """The samples themselves are 150 MiB."""
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert float(found.stdout) < 700


def test_log_prob_without_a_density_says_so_at_once() -> None:
    critic = kfdiv.networks.joint_critic(3, 2, [4])
    networks = (kfdiv.networks.mlp((2,), [4], 3), critic, kfdiv.networks.mlp((3,), [4], 4))
    with pytest.raises(ValueError, match=r"^FGAN needs log p\(x\|z\), and Deterministic has no"):
        kfdiv.models.FGAN(*networks).log_prob(np.zeros((4, 3), "float32"))


@pytest.mark.parametrize("method", ["encode", "reconstruct", "log_prob"])
def test_what_is_not_finite_or_no_pixel_is_refused(method):
    network = kfdiv.networks.mlp
    model = kfdiv.models.VAE(network(3, [], 2), kfdiv.distributions.Bernoulli(network(1, [], 3)))
    broken = np.full((2, 3), np.nan, "float32")
    for wrong, message in (
        (broken, "6 of 6 values not finite in x; the first is nan"),
        (255 * np.ones((2, 3)), r"data in \[0, 1\], but x lies in \[255, 255\]\. .* x / 255"),
        (-np.ones((2, 3)), r"data in \[0, 1\], but x lies in \[-1, -1\]"),
    ):
        for x in (wrong, tf.data.Dataset.from_tensors(wrong)):
            with pytest.raises(ValueError, match=message):
                getattr(model, method)(x)
    with pytest.raises(ValueError, match="values not finite in z"):
        model.decode(broken[:, :1])
    with pytest.raises(
        ValueError, match=r"num_samples .* at most 2,147,483,647, but got 2147483648"
    ):
        model.sample(2**31)


def test_an_encoder_without_a_density_gives_no_log_prob(model) -> None:
    network = kfdiv.networks.implicit_encoder(kfdiv.networks.mlp((4, 4, 1), [4], 3), 2, units=4)
    encoder = kfdiv.distributions.Implicit(network)
    critic = kfdiv.networks.joint_critic((4, 4, 1), 2, [4])
    avb = kfdiv.models.AVB(encoder, model.decoder, critic)
    with pytest.raises(ValueError, match=r"log_prob needs log q\(z\|x\), and Implicit has no"):
        avb.log_prob(X)


def test_draws_in_a_graph_of_any_number_of_rows_are_those_outside(model) -> None:
    """Beyond as many as go through a network at once, too; so do those of an export."""
    x = np.tile(X, (17, 1, 1, 1))
    z = tf.function(lambda x, seed: model.encode(x, seed), autograph=False)
    spec = tf.TensorSpec((None, 4, 4, 1), tf.float32), tf.TensorSpec((), tf.int32)
    found = z.get_concrete_function(*spec)(tf.constant(x), tf.constant(-3))
    np.testing.assert_allclose(found, model.encode(x, -3), rtol=1e-5, atol=1e-6)
    assert found.shape == (1_020, 2)
    empty = z.get_concrete_function(*spec)(tf.zeros((0, 4, 4, 1)), tf.constant(-3))
    assert empty.shape == (0, 2)
    sample = tf.function(lambda n: model.sample(n, 5, observation_noise=True), autograph=False)
    found = sample.get_concrete_function(tf.TensorSpec((), tf.int32))(tf.constant(1_020))
    expected = model.sample(1_020, 5, observation_noise=True)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
