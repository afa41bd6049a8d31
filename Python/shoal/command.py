"""A pull as the program takes it: words and environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Optional, Sequence

#: Whoever asks a hub without a token must not be given one by the environment, the settings file or a saved login.
_TOKEN_VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_OIDC_RESOURCE")


@dataclass
class PullCommand:
    """One run of `shoal pull`, or of `shoal file` where exactly one file is wanted.

    Everything that says something about the user goes through the environment: other users can read arguments.
    """

    repo: str
    #: By default what the name says.
    repo_type: Optional[str] = None
    revision: Optional[str] = None
    #: The exact path of the one wanted file.
    file: Optional[str] = None
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    quant: Optional[str] = None
    local_dir: Optional[str] = None
    force: bool = False
    max_workers: Optional[int] = None
    endpoint: Optional[str] = None
    #: Variables over those of this process; None takes one away.
    variables: dict[str, Optional[str]] = field(default_factory=dict)

    def use_token(self, token: Optional[str]) -> None:
        """Asks the hub with this token, or with none, whatever else there is."""
        self.variables.update({name: None for name in _TOKEN_VARIABLES})
        if token is not None:
            self.variables["HF_TOKEN"] = token
        self.variables["HF_HUB_DISABLE_IMPLICIT_TOKEN"] = "1" if token is None else "0"

    def arguments(self) -> list[str]:
        """The words behind the program's name. Values stand behind `=`, so that none is taken for an option."""
        words = ["file" if self.file is not None else "pull", "--json", "--progress=json"]
        values = {
            "repo-type": self.repo_type,
            "revision": self.revision,
            "quant": self.quant,
            "local-dir": self.local_dir,
            "endpoint": self.endpoint,
            "max-workers": None if self.max_workers is None else str(self.max_workers),
        }
        words += [f"--{name}={value}" for name, value in values.items() if value is not None]
        words += [f"--include={pattern}" for pattern in self.include]
        words += [f"--exclude={pattern}" for pattern in self.exclude]
        if self.force:
            words.append("--force-download")
        words += ["--", self.repo]
        if self.file is not None:
            words.append(self.file)
        return words

    def environment(self) -> dict[str, str]:
        environment = dict(os.environ)
        for name, value in self.variables.items():
            if value is None:
                environment.pop(name, None)
            else:
                environment[name] = value
        return environment
