"""What the API pages show beyond the source text: examples, and every objective's `compile`."""

from __future__ import annotations

import inspect
import re
from typing import Any

import griffe

EXAMPLE = re.compile(r"^( *)Example:$", re.MULTILINE)


class Docstrings(griffe.Extension):
    """Reads `Example:` as Google's section `Examples:`, and adds methods that are made at run time.

    The `compile` of an objective follows from its roles and options (`kfdiv/models/compiling.py`),
    so that no source text has its signature.
    """

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Rename the section of one docstring."""
        if obj.docstring:
            obj.docstring.value = EXAMPLE.sub(r"\1Examples:", obj.docstring.value)

    def on_package(self, *, pkg: griffe.Module, **kwargs: Any) -> None:
        """Name objectives as they are imported: `kfdiv.models` has them by its registry."""
        from kfdiv import models

        for cls in models.registry.values():
            target = f"{cls.__module__}.{cls.__name__}"
            alias = griffe.Alias(cls.__name__, target, parent=pkg["models"])
            pkg["models"].set_member(cls.__name__, alias)

    def on_class(self, *, cls: griffe.Class, **kwargs: Any) -> None:
        """Add the `compile` of an objective."""
        if not cls.path.startswith("kfdiv.models."):
            return
        from kfdiv import models

        objective = getattr(models, cls.name, None)
        if isinstance(objective, type) and hasattr(objective, "option_parameters"):
            cls.set_member("compile", function(objective.compile, cls))


def function(method: Any, parent: griffe.Class) -> griffe.Function:
    """Return what Griffe knows of a method, from the method itself."""
    parameters = griffe.Parameters(
        *(
            griffe.Parameter(
                name,
                kind=griffe.ParameterKind(one.kind.description),
                default=None if one.default is inspect.Parameter.empty else repr(one.default),
            )
            for name, one in inspect.signature(method).parameters.items()
        )
    )
    made = griffe.Function("compile", parameters=parameters, parent=parent)
    text = inspect.cleandoc(method.__doc__)
    made.docstring = griffe.Docstring(text, parent=made, parser="google")
    return made
