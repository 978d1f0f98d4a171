"""Draws a sheet as a picture, to look at and to measure: what the window does, by Pillow."""

from __future__ import annotations

from PIL import Image, ImageDraw

from kiosk.look.sheet import Box, Sheet


def painted(sheet: Sheet) -> Image.Image:
    """The sheet as its panel would show it."""
    image = Image.new("RGB", (sheet.panel.width, sheet.panel.height), sheet.ground)
    pencil = ImageDraw.Draw(image)
    for mark in sheet.marks:
        if isinstance(mark, Box):
            edge = mark.edge if mark.line else None
            corner = (mark.x, mark.y, mark.x + mark.width - 1, mark.y + mark.height - 1)
            pencil.rounded_rectangle(corner, mark.radius, mark.fill, edge, mark.line)
        else:
            mask = Image.frombytes("L", (mark.width, mark.height), mark.mask)
            image.paste(mark.colour, (mark.x, mark.y), mask)
    return image
