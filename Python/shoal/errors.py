"""What goes wrong, with cause and remedy."""

from __future__ import annotations

import errno
from typing import Any, Mapping, Optional

__all__ = ["AgentNotRunning", "ProgramNotFound", "ShoalError"]


class ShoalError(OSError):
    """A pull, or a call to the agent, that failed.

    `code` is one of the words of docs/errors.md and does not change; the sentences may. `status`, `url` and
    `request_id` are those of a server's reply where one was at fault.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "failed",
        hint: Optional[str] = None,
        status: Optional[int] = None,
        url: Optional[str] = None,
        request_id: Optional[str] = None,
    ) -> None:
        super().__init__(f"{message} ({hint})" if hint else message)
        self.message = message
        self.code = code
        self.hint = hint
        self.status = status
        self.url = url
        self.request_id = request_id
        if code == "no_space":
            self.errno = errno.ENOSPC

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> ShoalError:
        """The error of an `{"error": …}` document that the program printed."""
        return cls(
            str(document.get("message", "the program failed")),
            code=str(document.get("code", "failed")),
            hint=document.get("hint"),
            status=document.get("status"),
            url=document.get("url"),
            request_id=document.get("request_id"),
        )

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message

    def __reduce__(self) -> Any:
        return _restored, (type(self), self.message, {k: v for k, v in vars(self).items() if k != "message"})


def _restored(kind: type, message: str, members: Mapping[str, Any]) -> ShoalError:
    return kind(message, **members)  # type: ignore[no-any-return]


class ProgramNotFound(ShoalError):
    """The program `shoal` is not where it should be."""

    def __init__(
        self, message: str, *, code: str = "program_not_found", hint: Optional[str] = None, **more: Any
    ) -> None:
        super().__init__(message, code=code, hint=hint, **more)


class AgentNotRunning(ShoalError):
    """There is no agent to ask."""

    def __init__(
        self, message: str, *, code: str = "agent_not_running", hint: Optional[str] = None, **more: Any
    ) -> None:
        super().__init__(message, code=code, hint=hint, **more)
