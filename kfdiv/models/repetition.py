"""A data set without a stream as an endless sequence from any step; and how long a pass is."""

from __future__ import annotations

import tensorflow as tf

from kfdiv.data import origin


def steps_of_a_pass(dataset: tf.data.Dataset) -> int:
    """Return how many batches a data set has, without reading it.

    Raises:
        ValueError: if that is not known, or there are none; says how to tell.

    Example:
        >>> steps_of_a_pass(tf.data.Dataset.range(10).batch(4))
        3
    """
    cardinality = int(dataset.cardinality())
    if cardinality == tf.data.INFINITE_CARDINALITY:
        raise ValueError(
            "Received an endless data set without `steps_per_epoch`; pass "
            "fit(..., steps_per_epoch=N) to say what an epoch is."
        )
    if cardinality == tf.data.UNKNOWN_CARDINALITY:
        other = ", or dataset.apply(tf.data.experimental.assert_cardinality(N))"
        if origin.is_one_shot(dataset):
            other = ", which an iterator must have left, for it cannot be read again"
        raise ValueError(
            "Received a data set of unknown length without `steps_per_epoch`, and nothing is read "
            "only to be counted; say how many batches an epoch has: fit(..., steps_per_epoch=N)"
            f"{other}."
        )
    if cardinality == 0:
        raise ValueError(
            "Received an empty data set; expected at least one batch. If it was batched with "
            "drop_remainder=True, the batch size may exceed the number of examples."
        )
    return cardinality


def repeat_from(
    dataset: tf.data.Dataset, step: int, group: int, steps_per_epoch: int, whole_pass: bool
) -> tf.data.Dataset:
    """Repeat a data set from a step on; what comes before is read and left out.

    Args:
        dataset: batches of one pass, or of no end.
        step: how many batches come before; a group begins there.
        group: how many batches an element stacks; 1 leaves them alone.
        steps_per_epoch: batches of a training epoch, whose end no group crosses.
        whole_pass: whether that is one pass over the data.

    Returns:
        An endless data set, save that an iterator in Python is not read again.

    Raises:
        ValueError: if batches cannot be stacked, or would have to across the end of an epoch.

    Example:
        >>> batches = tf.data.Dataset.from_tensors([7]).repeat(5)
        >>> groups = repeat_from(batches, 2, 2, steps_per_epoch=5, whole_pass=True)
        >>> [len(group) for group in groups.take(4)]
        [2, 1, 2, 2]
    """
    # What has been read is gone: the rest of an iterator begins where it stands.
    endless = dataset if origin.is_one_shot(dataset) else dataset.repeat().skip(step)
    if group == 1:
        return endless
    if None in [
        spec.shape.rank and spec.shape[0] for spec in tf.nest.flatten(dataset.element_spec)
    ]:
        raise ValueError(
            f"steps_per_execution={group} stacks batches, which must then have one size, but the "
            f"data set's element_spec is {dataset.element_spec}. Batch with drop_remainder=True, "
            "or compile(..., steps_per_execution=1)."
        )
    if not whole_pass:
        if steps_per_epoch % group:
            raise ValueError(
                f"Received steps_per_epoch={steps_per_epoch}, which is not a multiple of "
                f"steps_per_execution={group}. Make it one, or leave steps_per_epoch out."
            )
        return endless.batch(group)
    passes, inside = divmod(step, steps_per_epoch)
    groups = passes * -(-steps_per_epoch // group) + inside // group
    return dataset.batch(group).repeat().skip(groups)
