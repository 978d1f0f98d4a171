"""The catalogues linted, and the reader's teeth: no sentence can break unnoticed."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from status_service import wording
from status_service.wording import answer_screen, answer_speech, answer_text
from status_service.wording.catalogue import CATALOGUES, CatalogueError, check, read
from status_service.words import LANGUAGES, Language
from tests.status_service.wording.answers import TODAY
from tests.status_service.wording.facts import assert_same_facts
from tests.status_service.wording.space import everything

FILES = Path(wording.__file__).parent
Leaves = dict[tuple[str | int, ...], str]

PLACE = re.compile(r"\{(\w*)\}")
SCRIPT = {"zh-CN": r"[\u3400-\u9fff]", "en": r"[A-Za-z]", "ug": r"[\u0600-\u06ff]"}
FORMS = ("one", "other")


def raw(language: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FILES / f"{language}.yaml").read_text("utf-8"))
    return found


def leaves(node: object, path: tuple[str | int, ...] = ()) -> Leaves:
    if isinstance(node, str):
        return {path: node}
    items = node.items() if isinstance(node, dict) else enumerate(node)  # type: ignore[arg-type]
    return {p: text for key, below in items for p, text in leaves(below, (*path, key)).items()}


def said(language: str) -> Leaves:
    """Every sentence and word of a language; what is only about the file left out."""
    return {path: text for path, text in leaves(raw(language)).items()
            if path[0] not in ("language", "review", "marks")}


def keys(language: str) -> set[tuple[str | int, ...]]:
    return {path[:-1] if path[-1] in FORMS else path for path in said(language)}


def test_every_key_is_in_every_language() -> None:
    assert keys("en") == keys("zh-CN") == keys("ug")


def test_the_same_places_in_every_language() -> None:
    texts = {language: said(language) for language in LANGUAGES}
    for path in keys("zh-CN"):
        places = [set(PLACE.findall(texts[language].get(path) or texts[language][(*path, "other")]))
                  for language in LANGUAGES]
        assert places[0] == places[1] == places[2], path


def test_no_sentence_is_a_copy_of_another_language() -> None:
    for language in LANGUAGES:
        others = {text for other in LANGUAGES if other != language
                  for text in said(other).values() if re.search(r"[^\W\d_]", PLACE.sub("", text))}
        assert not others & set(said(language).values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_in_its_own_script(language: Language) -> None:
    for path, text in said(language).items():
        words = PLACE.sub("", text)
        for other, script in SCRIPT.items():
            if other != language:
                assert not re.search(script, words), (path, text)


def test_english_counts_have_a_form_for_one() -> None:
    for path, text in said("en").items():
        if "{n}" in text:
            assert path[-1] in FORMS, path


def test_the_paths_for_a_native_reader_exist() -> None:
    for path in raw("ug")["review"]:
        node = raw("ug")
        for key in path.split("."):
            node = node[key]


# -- a broken file stops the start ---------------------------------------------------


def broken(language: Language, change: Any) -> dict[Language, Any]:
    texts = {each: raw(each) for each in LANGUAGES}
    change(texts[language])
    return {each: read(each, texts[each]) for each in LANGUAGES}


def without_key(texts: dict[str, Any]) -> None:
    del texts["speech"]["stage"]


def with_another_key(texts: dict[str, Any]) -> None:
    texts["speech"]["new"] = "x"


def with_a_list(texts: dict[str, Any]) -> None:
    texts["speech"]["stage"] = ["x"]


def without_a_label(texts: dict[str, Any]) -> None:
    del texts["screen"]["labels"]["stage"]


def without_a_status(texts: dict[str, Any]) -> None:
    del texts["names"]["status"]["closed"]


def with_a_wrong_place(texts: dict[str, Any]) -> None:
    texts["text"]["stage"] = "{stages}"


def with_silence(texts: dict[str, Any]) -> None:
    texts["speech"]["actor"]["office"] = ""


@pytest.mark.parametrize("change", [
    without_key, with_another_key, with_a_list, without_a_label, without_a_status,
    with_a_wrong_place, with_silence])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_broken_file_is_refused_by_name(language: Language, change: Any) -> None:
    with pytest.raises(CatalogueError, match=r"\.yaml"):
        check(broken(language, change))


def test_a_name_lacking_everywhere_is_refused() -> None:
    texts = {each: raw(each) for each in LANGUAGES}
    for each in LANGUAGES:
        del texts[each]["names"]["withheld"]["missing"]
    with pytest.raises(CatalogueError, match="withheld"):
        check({each: read(each, texts[each]) for each in LANGUAGES})


# -- the reader's teeth ---------------------------------------------------------------

# Of a text these may be left out for want of room; so only their distortion is noticed.
OPTIONAL: set[tuple[str | int, ...]] = {("text", key) for key in (
    "number", "decided", "reason", "stage", "next", "project", "handler", "looked", "looked_none",
    "foreign")}
OPTIONAL |= {("text", "looked", form) for form in FORMS}
OPTIONAL |= {("text", "clock", key) for key in ("ended", "ended_late", "extended")}
OPTIONAL_PLACES = {(("text", key), "office") for key in ("ask_office", "withheld_office")}
MARK = re.compile("⟦([^⟧]*)⟧")


def put(texts: dict[str, Any], path: tuple[str | int, ...], text: str) -> dict[str, Any]:
    changed = copy.deepcopy(texts)
    node: Any = changed
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = text
    return changed


def rendered(answer: Any, language: Language) -> str:
    return "\n".join([
        *(piece.text for piece in answer_speech(answer, language, TODAY)),
        answer_text(answer, language, TODAY),
        *(row.label + row.value for row in answer_screen(answer, language, TODAY))])


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_can_be_spoilt_unnoticed(
        language: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each sentence in turn is garbled, then each is left out: the reader must object; and
    each is said by some answer, so that none lies about unused."""
    texts = raw(language)
    wanted = {path: text for path, text in leaves(texts).items()
              if path[0] in ("names", "speech", "text", "screen")
              and path[:2] not in (("names", "form"), ("names", "notice"))}
    marked = texts
    for path, text in wanted.items():
        marked = put(marked, path, f"{text}⟦{'/'.join(map(str, path))}⟧")
    monkeypatch.setitem(CATALOGUES, language, read(language, marked))
    answers = everything()
    used: dict[str, Any] = {}
    for segments in (len, lambda text: 1):  # texts at their shortest and at their longest
        monkeypatch.setattr("status_service.wording.text.segments", segments)
        for answer in answers:
            for path in MARK.findall(rendered(answer, language)):
                used.setdefault(path, (answer, segments))
    assert sorted({"/".join(map(str, path)) for path in wanted} - set(used)) == []

    unnoticed = []
    for path, text in wanted.items():
        if path[:2] == ("screen", "labels") and path[2] not in ("status", "last_known"):
            continue
        changes = ["?" + text]
        if path[0] != "names" and path[:3] not in OPTIONAL and path[:2] != ("screen", "labels"):
            changes.append("")
        changes += [text.replace("{" + place + "}", "") for place in PLACE.findall(text)
                    if (path, place) not in OPTIONAL_PLACES]
        for change in changes:
            answer, segments = used["/".join(map(str, path))]
            monkeypatch.setattr("status_service.wording.text.segments", segments)
            monkeypatch.setitem(CATALOGUES, language, read(language, put(texts, path, change)))
            try:
                assert_same_facts(answer, TODAY, [language])
            except (AssertionError, KeyError, StopIteration):
                continue
            unnoticed.append((path, change))
    assert not unnoticed, "\n".join(map(str, unnoticed))
