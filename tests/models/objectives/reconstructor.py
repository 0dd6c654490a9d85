"""A third network whose l1 in code space two roles share: VEEGAN's kind."""

import keras
import tensorflow as tf

from kfdiv import random
from kfdiv.divergences import get
from kfdiv.losses import logistic
from kfdiv.models import GenerativeModel
from kfdiv.models.critics import score
from kfdiv.models.expectation import Bound, Expectation, Losses
from kfdiv.models.roles import Role, Update
from tests.models import objectives


@objectives.registry.register("reconstructor")
@keras.saving.register_keras_serializable(package="tests")
class Reconstructor(GenerativeModel):
    roles = (Role("critic"), Role("reconstructor"), Role("decoder"))

    def __init__(self, decoder, encoder, critic, reconstructor, **kwargs):
        super().__init__(decoder, encoder, **kwargs)
        self.encoder.trainable = False
        self.critic, self.reconstructor = critic, reconstructor

    def options(self, divergence="js"):
        """Nothing to choose."""
        return objectives.Options(divergence=get(divergence))

    def updates(self):
        return Update(("critic",)), Update(("reconstructor", "decoder"), tag="generator")

    def role_losses(self, batch, seed, roles):
        on_data, on_model, l1 = self.scores(batch, seed, True)
        if "critic" in roles:
            return Losses({"critic": Expectation(*logistic.critic_losses(on_data, on_model))})
        shared = Expectation(on_data, l1 - on_model)
        return Losses(dict.fromkeys(roles, shared))

    def bound(self, batch, seed, divergence=None):
        on_data, on_model, _ = self.scores(batch, seed, False)
        return Bound("lower", Expectation(*logistic.lower_bound(get("js"), on_data, on_model)))

    def scores(self, batch, seed, training):
        z = self.prior.draw(batch.size, random.fold(seed, 1))
        x = self.decoder.sample(z, random.fold(seed, 2), training=training)
        on_data = score(self.critic, [batch.x, self.reconstructor(batch.x)], training)
        l1 = tf.reduce_sum(tf.abs(z - tf.cast(self.reconstructor(x), z.dtype)), axis=-1)
        return on_data, score(self.critic, [x, z], training), l1

    def get_config(self):
        return super().get_config() | objectives.parts(self, "critic", "reconstructor")
