"""`SHOAL=1`: imported by `shoal.pth` when an interpreter starts with the variable set.

Nothing of huggingface_hub is imported for it: its functions are changed when the program itself imports them.
"""

from __future__ import annotations

import os

if os.environ.get("SHOAL", "").strip().upper() in ("1", "ON", "YES", "TRUE"):
    from .hub import switch

    switch.turn_on()
