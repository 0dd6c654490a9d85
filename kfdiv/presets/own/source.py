"""Where a preset's data are, `folder:PATH`, and what of them its run is tied to."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from kfdiv import data
from kfdiv.arguments import did_you_mean
from kfdiv.presets.preset import Preset

# Of a data set's options those that a preset has as settings, by the data set's name.
Options = Mapping[str, Sequence[str]]

# Data sets that need no path.
_EMBEDDED = ("digits", "ring", "grid9", "grid25", "two_gaussians")


def parse(text: str, options: Options) -> tuple[str, str | None]:
    """Return the name of a data set and the absolute path of its files, if it has any.

    Args:
        text: of the setting `data`.
        options: of the data sets that are possible.

    Raises:
        ValueError: if it is another, or the path is missing or too much.

    Example:
        >>> parse("csv:/data/people.csv", {"csv": (), "ring": ()})
        ('csv', '/data/people.csv')
    """
    name, colon, path = text.partition(":")
    ways = [known if known in _EMBEDDED else f"{known}:PATH" for known in options]
    expected = f"expected one of {', '.join(ways)}."
    if name not in options:
        hint = did_you_mean(name, list(options))
        if not hint and os.path.exists(os.path.expanduser(text)):
            hint = f" Did you mean {next(iter(options))}:{text}?"
        raise ValueError(f"Received data={text!r}; {expected}{hint}")
    if (name in _EMBEDDED) == bool(path):
        raise ValueError(f"Received data={text!r}; {expected}")
    return name, os.path.abspath(os.path.expanduser(path)) if colon else None


def settle(preset: Preset, **settings: Any) -> None:
    """Give settings of a preset that is being made their values."""
    for name, value in settings.items():
        object.__setattr__(preset, name, value)


def refuse_foreign(preset: Preset, options: Options, shared: Sequence[str] = ()) -> None:
    """Raise a ValueError if a setting is changed that the preset's data set does not have.

    Args:
        preset: its setting `data` names the data set.
        options: of the data sets that are possible.
        shared: settings that all of them have, options or not.
    """
    name, _ = parse(preset.data, options)
    foreign = {option for known in options.values() for option in known}
    foreign -= {*options[name], *shared}
    for field in dataclasses.fields(preset):
        if field.name in foreign and getattr(preset, field.name) != default_of(field):
            owners = [known for known, own in options.items() if field.name in own]
            raise ValueError(
                f"The setting {field.name} is of data={' or '.join(owners)}; data={name} has none. "
                "Leave it out."
            )


def open_split(
    preset: Preset, options: Options, split: str = "train", **further: Any
) -> data.Stream:
    """Open the data of a preset, whatever its batch size is.

    Args:
        preset: its settings are the data set's options, where they are changed.
        options: of the data sets that are possible.
        split: "train" or "test".
        **further: arguments of `kfdiv.data.load`.
    """
    name, path = parse(preset.data, options)
    fields = {field.name: field for field in dataclasses.fields(preset)}
    for option in options[name]:
        value = getattr(preset, option)
        if value not in (default_of(fields[option]), None) or option == "size":
            further[option] = value
    if path is not None:
        further["path"] = path
    return data.load(name, split, drop_remainder=False, **further).stream


def batched(preset: Preset, stream: data.Stream, seed: int) -> tf.data.Dataset:
    """Return the batches of a preset, if the data are those that its settings were read off.

    A split to test on may be smaller than a batch, and is then one of its own size.

    Args:
        preset: its settings `num_examples` and `digest` tell.
        stream: the data as they are now.
        seed: of the order.

    Raises:
        ValueError: if the data have changed.
    """
    now, size = stream.info.digest or "", preset.batch_size
    train = stream.info.split == "train"
    if now == preset.digest and (not train or stream.num_examples == preset.num_examples):
        size = size if train else min(size, stream.num_examples)
        batching = data.Batching(size, seed, stream.value_range)
        return data.Stream(stream.source, batching).epoch()
    raise ValueError(
        f"The data of this run have changed: {preset.data} had {preset.num_examples} training "
        f"examples and the digest {preset.digest}; now its split {stream.info.split} has "
        f"{stream.num_examples}, and the digest is {now}. Put them back as they were, or begin "
        "another run in another --workdir."
    )


def default_of(field: dataclasses.Field) -> Any:
    """Return the default of a setting."""
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default
