"""A critic of log q(z|x) / p(z) beside a likelihood: adversarial variational Bayes's kind."""

import keras
import tensorflow as tf

from kfdiv import random
from kfdiv.models import GenerativeModel
from kfdiv.models.critics import score
from kfdiv.models.expectation import Bound, Expectation, Losses
from kfdiv.models.roles import Role, Update
from tests.models import objectives


@objectives.registry.register("likelihood")
@keras.saving.register_keras_serializable(package="tests")
class Likelihood(GenerativeModel):
    roles = (Role("critic"), Role("encoder"), Role("decoder"))
    log_names = ("ratio",)

    def __init__(self, decoder, encoder, critic, **kwargs):
        super().__init__(decoder, encoder, **kwargs)
        self.critic = critic

    def options(self, *, critic_steps: int = 2):
        """Nothing but the critic's steps."""
        return objectives.Options(critic_steps=critic_steps)

    def updates(self):
        # The gradients of all are taken before anyone moves.
        extra = Update(("critic",), self.compiled_options.critic_steps - 1, first=1)
        return extra, Update(("critic", "encoder", "decoder"))

    def role_losses(self, batch, seed, roles):
        cost, ratio, on_prior = self.terms(batch, seed, True)
        still = tf.stop_gradient
        # Both sides have x of the data, so both are averaged over the data.
        critic = Expectation(tf.nn.softplus(-ratio) + tf.nn.softplus(on_prior))
        elbo = Expectation(cost + ratio)
        logs = {"ratio": Expectation(still(ratio))}
        return Losses({"critic": critic, "encoder": elbo, "decoder": elbo}, logs)

    def bound(self, batch, seed, divergence=None):
        cost, ratio, _ = self.terms(batch, seed, False)
        return Bound("negative_elbo", Expectation(cost + ratio), logs={"ratio": Expectation(ratio)})

    def terms(self, batch, seed, training):
        x, (z, _) = batch.x, self.encoder.sample_and_log_prob(batch.x, seed, training=training)
        cost = -self.observation(z, training).log_prob(x)
        prior = self.prior.draw(batch.size, random.fold(seed, 1))
        ratio, on_prior = (score(self.critic, [x, code], training) for code in (z, prior))
        return cost, ratio, on_prior

    def get_config(self):
        return super().get_config() | objectives.parts(self, "critic")
