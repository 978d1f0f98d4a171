"""Read QR codes out of a picture, as a visitor's phone does (zxing-cpp)."""

from __future__ import annotations

import zxingcpp
from PIL import Image


def read_qr(picture: Image.Image) -> list[str]:
    """The contents of all QR codes in it, in no order; none is []."""
    found = zxingcpp.read_barcodes(picture.convert("L"))
    return [code.text for code in found
            if code.valid and code.format == zxingcpp.BarcodeFormat.QRCode]
