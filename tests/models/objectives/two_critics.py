"""Two critics, one with a gradient penalty, and a data loss: an adversarial autoencoder's kind."""

import keras
import tensorflow as tf

from kfdiv import divergences, random
from kfdiv.losses import logistic
from kfdiv.models import GenerativeModel
from kfdiv.models.critics import score
from kfdiv.models.expectation import Bound, Expectation, Losses
from kfdiv.models.roles import Role, Update
from tests.models import objectives


@objectives.registry.register("two_critics")
@keras.saving.register_keras_serializable(package="tests")
class TwoCritics(GenerativeModel):
    roles = (Role("code_critic"), Role("data_critic"), Role("encoder"), Role("decoder"))

    def __init__(self, decoder, encoder, code_critic, data_critic, **kwargs):
        super().__init__(decoder, encoder, **kwargs)
        self.code_critic, self.data_critic = code_critic, data_critic

    def options(self, divergence="js", *, penalty: float = 10.0):
        return objectives.Options(divergence=divergences.get(divergence), penalty=penalty)

    def updates(self):
        return Update(("code_critic", "data_critic"), 2), Update(("encoder", "decoder"), tag="all")

    def role_losses(self, batch, seed, roles):
        x, z, inferred, drawn = self.draws(batch, seed, True)
        on_z, on_code = (score(self.code_critic, [one], True) for one in (z, inferred))
        on_x, on_drawn = (score(self.data_critic, [one], True) for one in (x, drawn))
        if "encoder" in roles:
            l1 = tf.reduce_sum(tf.abs(x - self.decoder.mean(inferred, training=True)), axis=-1)
            encoder = Expectation(tf.nn.softplus(-on_code) + l1)
            return Losses({"encoder": encoder, "decoder": Expectation(l1, -on_drawn)})
        share = random.uniform(tf.shape(on_x), random.fold(seed, 9), x.dtype)[:, None]
        between = share * x + (1.0 - share) * drawn
        with tf.GradientTape() as tape:
            tape.watch(between)
            values = score(self.data_critic, [between], True)
        slope = tf.norm(tape.gradient(values, between), axis=-1)
        penalty = self.compiled_options.penalty * tf.square(slope - 1.0)
        code = Expectation(tf.nn.softplus(on_code), tf.nn.softplus(-on_z))
        return Losses({"code_critic": code, "data_critic": Expectation(penalty - on_x, on_drawn)})

    def bound(self, batch, seed, divergence=None):
        _, z, inferred, _ = self.draws(batch, seed, False)
        p, q = (-score(self.code_critic, [one], False) for one in (inferred, z))
        return Bound("lower", Expectation(*logistic.lower_bound(divergences.get("js"), p, q)))

    def draws(self, batch, seed, training):
        z = self.prior.draw(batch.size, random.fold(seed, 1))
        inferred = self.encoder.sample(batch.x, random.fold(seed, 2), training)
        return batch.x, z, inferred, self.decoder.sample(z, random.fold(seed, 3), training)

    def get_config(self):
        return super().get_config() | objectives.parts(self, "code_critic", "data_critic")
