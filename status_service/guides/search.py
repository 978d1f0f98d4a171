"""Finding a matter by what people type: words in any language, synonyms, pinyin initials."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

from status_service.guides.types import Matter

MOST_FOUND = 20


def folded(text: str) -> str:
    """Width, case, accents and spacing evened out."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in plain if c.isalnum())


@lru_cache(maxsize=2048)
def initials(text: str) -> str:
    """The first letters of the syllables: 规划核实 is ghhs."""
    return "".join(s for s in lazy_pinyin(text, style=Style.FIRST_LETTER) if s.isascii()).casefold()


@lru_cache(maxsize=2048)
def syllables(text: str) -> str:
    """The whole syllables: 规划核实 is guihuaheshi."""
    return "".join(s for s in lazy_pinyin(text) if s.isascii()).casefold()


def search(matters: Sequence[Matter], typed: str) -> list[Matter]:
    """At most MOST_FOUND matters that fit, best first; the order of the menus among equals."""
    words = [w for w in (folded(part) for part in typed.split()) if w]
    if not words:
        return []
    scored = [(sum(scores), matter) for matter in matters
              if all(scores := [_score(matter, word) for word in words])]
    return [m for _, m in sorted(scored, key=lambda found: -found[0])[:MOST_FOUND]]


def _score(matter: Matter, word: str) -> int:
    """How well one word fits; 0 when it does not."""
    names = [folded(n) for n in (matter.name.zh, matter.name.en, matter.name.ug) if n]
    keywords = [folded(k) for k in matter.keywords]
    if word in names or word in keywords or word == matter.code.casefold():
        return 100
    if any(n.startswith(word) for n in names):
        return 60
    if any(word in n for n in names) or any(k and k in word for k in keywords if len(k) > 1):
        return 40
    if any(k.startswith(word) for k in keywords):
        return 30
    if word.isascii() and len(word) > 1:
        if initials(matter.name.zh).startswith(word):
            return 25
        if word in initials(matter.name.zh) or word in syllables(matter.name.zh):
            return 15
    guide = matter.guide
    texts = [guide.short, *guide.conditions, *(m.name for m in guide.materials)]
    if len(word) > 1 and any(word in folded(v) for t in texts for v in (t.zh, t.en, t.ug) if v):
        return 5
    return 0
