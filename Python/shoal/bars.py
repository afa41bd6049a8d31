"""Progress bars out of the program's events, for tqdm and what looks like it."""

from __future__ import annotations

from typing import Any, Callable, Optional

from .process import Event

#: Makes a bar that runs to `total`.
BarMaker = Callable[[int], Any]


class Bars:
    """Up to two bars: finished files and bytes. A context that closes them; call it with each event."""

    def __init__(
        self, *, files: Optional[BarMaker] = None, bytes: Optional[BarMaker] = None, lazy: bool = False
    ) -> None:
        """lazy: no bar before a byte comes over the network, as for a single file that may be in place already."""
        self._files = _Bar(files)
        self._bytes = _Bar(bytes)
        self._lazy = lazy

    def __call__(self, event: Event) -> None:
        if event.get("event") not in ("progress", "end") or (self._lazy and not event.get("network_bytes")):
            return
        self._files.show(event.get("files", 0), event.get("total_files", 0))
        self._bytes.show(event.get("bytes", 0), event.get("total_bytes", 0))

    def __enter__(self) -> Bars:
        return self

    def __exit__(self, *failure: Any) -> None:
        self._bytes.close()
        self._files.close()


class _Bar:
    def __init__(self, make: Optional[BarMaker]) -> None:
        self._make = make
        self._bar: Any = None
        self._done = 0
        self._total = 0

    def show(self, done: int, total: int) -> None:
        if self._make is None or total <= 0:
            return
        if self._bar is None:
            self._bar = self._make(total)
        elif total != self._total and hasattr(self._bar, "total"):
            self._bar.total = total
        self._total = total
        # Bytes that have to be fetched again take the figure back; bars of others' making need not know how.
        if done > self._done:
            self._bar.update(done - self._done)
            self._done = done

    def close(self) -> None:
        if hasattr(self._bar, "close"):
            self._bar.close()
