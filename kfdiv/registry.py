"""Names for the members of a family: `"kl"` -> class; an unknown name lists the choices."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

_Member = TypeVar("_Member", bound=Callable[..., Any])


class Registry(Mapping[str, Callable[..., Any]]):
    """The members of one family by name: iterating gives names, indexing gives classes.

    Names are compared without regard to case, and `-` or a blank counts as `_`. Aliases are found
    by look-up but not iterated over, so a loop over a registry meets every member once.

    Args:
        family: what a member is, in the words of an error message, e.g. `"divergence"`.

    Example:
        >>> from kfdiv.registry import Registry
        >>> shapes = Registry("shape")
        >>> @shapes.register("disc", aliases=("circle",))
        ... class Disc: ...
        >>> shapes.names(), shapes["Circle"].__name__
        (('disc',), 'Disc')
        >>> shapes.get("disk")
        Traceback (most recent call last):
        ...
        ValueError: Unknown shape 'disk'. Did you mean 'disc'? Choose from: disc (also circle).
    """

    def __init__(self, family: str) -> None:
        self.family = family
        self._members: dict[str, Callable[..., Any]] = {}
        self._aliases: dict[str, str] = {}

    def register(self, name: str, aliases: Iterable[str] = ()) -> Callable[[_Member], _Member]:
        """Return a decorator that files a class or a factory under `name` and `aliases`.

        A definition that is run again, as a notebook's cell is, takes the place of the one before:
        it has the same module and the same qualified name.

        Args:
            name: the name that iteration shows.
            aliases: further names that look-up understands.

        Returns:
            A decorator that gives the class back unchanged. It raises `ValueError` if one of the
            names is taken by another definition.
        """
        name = _normalise(name)
        aliases = tuple(_normalise(alias) for alias in aliases)

        def decorator(member: _Member) -> _Member:
            for taken in (name, *aliases):
                if taken in self and not _same_definition(self[taken], member):
                    raise ValueError(
                        f"The {self.family} name {taken!r} is taken by {self[taken]!r}. "
                        "Choose another."
                    )
            # What the definition before had otherwise: aliases it has no more, a name that was one.
            old = {alias for alias, target in self._aliases.items() if target == name}
            for gone in old | {name}:
                self._aliases.pop(gone, None)
            for alias in aliases:
                self._members.pop(alias, None)
            self._members[name] = member
            self._aliases.update(dict.fromkeys(aliases, name))
            return member

        return decorator

    def names(self) -> tuple[str, ...]:
        """Return the registered names in alphabetical order, aliases left out."""
        return tuple(sorted(self._members))

    def get(self, name: str) -> Callable[..., Any]:
        """Return the member called `name`.

        Args:
            name: a registered name or an alias.

        Returns:
            The class or factory as it was registered.

        Raises:
            ValueError: if no member has that name; lists the choices and the nearest one.
        """
        if name not in self:
            raise ValueError(self.unknown(name))
        return self[name]

    def unknown(self, name: object) -> str:
        """Return the message for a `name` that no member has: the nearest name and the choices."""
        near = []
        if isinstance(name, str):
            near = difflib.get_close_matches(_normalise(name), [*self._members, *self._aliases], 1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        choices = ", ".join(self._describe(choice) for choice in self.names())
        return f"Unknown {self.family} {name!r}.{hint} Choose from: {choices}."

    def _describe(self, name: str) -> str:
        aliases = sorted(alias for alias, target in self._aliases.items() if target == name)
        return f"{name} (also {', '.join(aliases)})" if aliases else name

    def __getitem__(self, name: str) -> Callable[..., Any]:
        if not isinstance(name, str):
            raise KeyError(name)
        name = _normalise(name)
        return self._members[self._aliases.get(name, name)]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self._members)

    def __repr__(self) -> str:
        return f"Registry({self.family!r}: {', '.join(self.names())})"


def _same_definition(old: Callable[..., Any], new: Callable[..., Any]) -> bool:
    """Say whether two members are one definition, run once or twice."""
    names = [getattr(member, "__qualname__", None) for member in (old, new)]
    if old is new:
        return True
    # A lambda and a partial function have no name to be known again by.
    named = names[0] is not None and not names[0].endswith("<lambda>")
    return named and names[0] == names[1] and old.__module__ == new.__module__


def _normalise(name: str) -> str:
    return name.strip().lower().replace("-", "_").replace(" ", "_")
