"""docs/performance.json: what each part of the measurements found, so that one can be run again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

KEPT = Path(__file__).parents[1] / "docs" / "performance.json"


def load(path: Path = KEPT) -> dict[str, Any]:
    """Return what is kept, by the name of its part."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def keep(part: str, content: dict[str, Any], *, path: Path = KEPT) -> None:
    """Write what a part found in the place of what it found before."""
    known = load(path) | {part: content}
    path.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
