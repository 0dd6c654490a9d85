"""An epoch's steps are counted as they are, however many are taken in one call."""

import re

import keras
import pytest


@pytest.mark.parametrize("steps_per_execution", [3, 7])
def test_no_step_is_counted_that_is_not_taken(model, dataset, capsys, steps_per_execution):
    heard = []
    listener = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: heard.append(batch)
    )
    model.run_eagerly = True
    model.steps_per_execution = steps_per_execution
    try:
        history = model.fit(dataset, epochs=1, verbose=1, callbacks=[listener])
    finally:
        model.run_eagerly, model.steps_per_execution = False, 1
    assert heard == [
        min(end, 4) - 1
        for end in range(steps_per_execution, 4 + steps_per_execution, steps_per_execution)
    ]
    out = re.sub(r"\x1b\[\d*m", "", capsys.readouterr().out)
    shown = {tuple(map(int, pair)) for pair in re.findall(r"(\d+)/(\d+) ", out)}
    assert (4, 4) in shown
    assert all(step <= target == 4 for step, target in shown)
    assert history is model.history
