"""A mapping that is wrong is refused with a sentence that names the mistake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from status_service.ingest import mapping
from status_service.ingest.mapping import MappingError
from status_service.ingest.statuses import status_table
from status_service.words import LANGUAGES, Status

GOOD: dict[str, Any] = {
    "source": "bureau", "about": "a test", "zone": "Asia/Shanghai", "language": "zh-CN",
    "lines": "states", "matter": "permit",
    "columns": {"number": {"headings": ["N"]}, "status": {"headings": ["S"]},
                "status_at": {"headings": ["T"]}, "received_on": {"headings": ["R"]}},
    "statuses": {"1": {"status": "received"}, "9": {"status": "closed"}},
}


def written(directory: Path, **changes: Any) -> str:
    path = directory / "mine.yaml"
    content = {k: v for k, v in {**GOOD, **changes}.items() if v is not None}
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    return str(path)


def test_a_good_one(tmp_path: Path) -> None:
    found = mapping.load(written(tmp_path))
    assert found.status_words() == {"1": "received", "9": "closed"}


@pytest.mark.parametrize("name", mapping.names())
def test_those_that_come_with_hallway_are_good(name: str) -> None:
    found = mapping.load(name)
    assert found.statuses and set(found.status_words().values()) <= {s.value for s in Status}
    assert status_table(name) == found.status_words()
    names = [*(o.name for o in found.hall.offices), *(m.name for m in found.hall.matters),
             *(c.name for c in found.hall.categories),
             *(found.project.texts.values() if found.project else ())]
    for local in names:
        assert {local.said(language)[1] for language in LANGUAGES} == set(LANGUAGES)


def test_a_localnobody_knows_is_told_those_there_are() -> None:
    with pytest.raises(MappingError, match="There are: burlington, exchange"):
        mapping.load("atlantis")
    with pytest.raises(KeyError, match="burlington"):
        status_table("atlantis")
    with pytest.raises(MappingError, match="no mapping"):
        mapping.load("/nowhere/at/all.yaml")


@pytest.mark.parametrize(("changes", "said"), [
    ({"source": "A B"}, "source"),
    ({"zone": "Asia/Atlantis"}, "no time zone 'Asia/Atlantis'"),
    ({"statuses": {"1": {"status": "finished"}}}, "finished"),
    ({"colums": {}}, "colums"),
    ({"matter": None}, "matter"),
    ({"dates": ["%H:%M"]}, "whole day"),
    ({"since": "status"}, "no column with dates"),
    ({"lines": "phases"}, "phase"),
    ({"statuses": {"1": {"status": "received", "since": "nowhere"}}}, "statuses.1.since"),
    ({"statuses": {"a": {"status": "received"}, "Ａ": {"status": "closed"}}}, "read the same"),
    ({"history": [{"status": "closed", "only": ["7"]}]}, "no status code 7"),
    ({"columns": {**GOOD["columns"], "color": {"headings": ["C"]}}}, "columns.color"),
    ({"columns": {**GOOD["columns"], "note": {"headings": ["S"]}}}, "is given to both"),
    ({"columns": {"number": {"headings": ["N"]}}}, "say where status stands"),
    ({"columns": {**GOOD["columns"], "status": {"headings": ["S"], "required": False}}},
     "must be required"),
    ({"note": {"columns": ["nowhere"]}}, "nowhere is used"),
])
def test_mistakes_are_named(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(MappingError) as found:
        mapping.load(written(tmp_path, **changes))
    assert said in str(found.value) and str(found.value).endswith(".")


@pytest.mark.parametrize(("content", "said"), [
    ("source: [", "not well formed in line"), ("source: a\nsource: b\n", "'source' stands twice"),
    ("- a\n", "Expected `object`"), ("", "Expected `object`"),
    ("a: !!python/name:os.system", "could not determine a constructor")])
def test_what_is_no_mapping(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(content)
    with pytest.raises(MappingError, match=r"broken\.yaml") as found:
        mapping.load(str(path))
    assert said in str(found.value)


def test_a_stage_that_the_mappings_own_matter_lacks(tmp_path: Path) -> None:
    source = yaml.safe_load((mapping.MAPPINGS / "burlington.yaml").read_text("utf-8"))
    source["statuses"]["Final"]["stage"] = "finished"
    path = tmp_path / "b.yaml"
    path.write_text(yaml.safe_dump(source, allow_unicode=True), "utf-8")
    with pytest.raises(MappingError, match="no stage finished"):
        mapping.load(str(path))
