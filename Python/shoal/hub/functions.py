"""Changes what a function does for everybody who has it, and changes it back."""

from __future__ import annotations

import sys
from types import CellType, ModuleType
from typing import Any, Callable, Optional

Function = Callable[..., Any]


class FunctionChange:
    """The function `name` of a module.

    huggingface_hub wraps its public functions in a check of their arguments, which holds the function proper in a cell.
    Another function in this cell reaches everybody: modules that imported the name before, default arguments, partial
    objects. Where there is no such cell, the function's name is given to another one in all modules that have it.
    """

    def __init__(self, module: ModuleType, name: str) -> None:
        self._public: Function = getattr(module, name)
        self._cell = _cell(self._public)
        #: What the function does without the change.
        self.original: Function = self._public if self._cell is None else self._cell.cell_contents
        self._replacement: Optional[Function] = None

    def apply(self, replacement: Function) -> None:
        self._replacement = replacement
        if self._cell is not None:
            self._cell.cell_contents = replacement
        else:
            _replace_everywhere(self._public, replacement)

    def undo(self) -> None:
        if self._cell is not None:
            self._cell.cell_contents = self.original
        elif self._replacement is not None:
            _replace_everywhere(self._replacement, self._public)


class AttributeChange:
    """One name of one module."""

    def __init__(self, module: ModuleType, name: str, value: Any) -> None:
        self._module = module
        self._name = name
        self._before = getattr(module, name)
        setattr(module, name, value)

    def undo(self) -> None:
        setattr(self._module, self._name, self._before)


class Changes:
    """Several as one."""

    def __init__(self, *changes: FunctionChange | AttributeChange) -> None:
        self._changes = changes

    def undo(self) -> None:
        for change in self._changes:
            change.undo()


def _cell(function: Function) -> Optional[CellType]:
    wrapped = getattr(function, "__wrapped__", None)
    for cell in getattr(function, "__closure__", None) or ():
        try:
            if wrapped is not None and cell.cell_contents is wrapped:
                return cell  # type: ignore[no-any-return]
        except ValueError:  # an empty cell
            continue
    return None


def _replace_everywhere(old: Function, new: Function) -> None:
    for module in list(sys.modules.values()):
        for name, value in list(getattr(module, "__dict__", {}).items()):
            if value is old:
                setattr(module, name, new)
