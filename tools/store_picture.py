"""Store the README's picture: the figure of the one cell tagged `readme-picture`.

    python tools/store_picture.py

So the README always shows a real figure of the lessons as they are now.
"""

import base64
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
TAG = "readme-picture"
PICTURE = ROOT / "docs" / "reconstructions.png"


def tagged_picture(folder):
    """Return the PNG bytes of the one tagged cell among the notebooks of a folder.

    Raises:
        ValueError: there is no such cell or more than one, or it has no picture.
    """
    cells = [
        cell
        for path in sorted(folder.glob("*.ipynb"))
        for cell in nbformat.read(path, as_version=4).cells
        if TAG in cell.metadata.get("tags", [])
    ]
    pictures = [
        output.data["image/png"]
        for cell in cells
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
    if len(cells) != 1 or len(pictures) != 1:
        raise ValueError(
            f"one cell with one picture takes the tag {TAG!r}, and {folder} has "
            f"{len(cells)} such cells with {len(pictures)} pictures"
        )
    return base64.b64decode(pictures[0])


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_bytes(tagged_picture(ROOT / "notebooks"))
