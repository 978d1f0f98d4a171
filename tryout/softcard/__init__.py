"""IC cards as software, in the virtual reader of a real pcscd: for development and tests.

A card is as strict as the chip it stands for, and it shares no line with the product: it
computes by the standards alone, so that it can prove the product wrong. What a card is, comes
to it as an image (`image.py`); `python -m tryout.softcard` is the program.
"""

from tryout.softcard.card import SoftCard
from tryout.softcard.faults import FAULTS, FaultError, chip
from tryout.softcard.image import Image, ImageError
from tryout.softcard.slot import Occupied, Slot

__all__ = ["FAULTS", "FaultError", "Image", "ImageError", "Occupied", "Slot", "SoftCard", "chip"]
