"""The sample cards of a running hall, as its own command writes them for a software card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.servers import Hall, run_service_command


def card_images(hall: Hall, directory: Path) -> dict[str, dict[str, Any]]:
    """Run the images command; gives each card's image by its id. The files stay there."""
    run_service_command(hall.environ, "cards", "images", str(directory))
    loaded = [json.loads(path.read_text()) for path in sorted(directory.glob("*.json"))]
    return {image["id"]: image for image in loaded}
