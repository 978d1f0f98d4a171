"""Matters, guides, notices and offices over HTTP, and the search."""

from __future__ import annotations

import pytest

from tests.status_service.api.conftest import Asker


def codes(asker: Asker, path: str) -> list[str]:
    got = asker("GET", path)
    assert got.status_code == 200 and got.json is not None
    return [item["code"] for item in got.json["items"]]


def test_lists(channel: Asker) -> None:
    assert codes(channel, "/v1/categories") == ["planning", "information"]
    assert codes(channel, "/v1/matters") == ["permit", "foi"]
    assert codes(channel, "/v1/matters?category=planning") == ["permit"]
    assert codes(channel, "/v1/offices") == ["plan", "info"]
    assert channel("GET", "/v1/matters?category=none").status_code == 400


def test_only_current_notices(channel: Asker) -> None:
    assert codes(channel, "/v1/notices") == ["n1"]


def test_a_matter_with_guide_and_office(channel: Asker) -> None:
    got = channel("GET", "/v1/matters/permit").json
    assert got is not None and got["office"]["phone"] == "0991-4810011"
    assert got["matter"]["guide"]["conditions"][0]["en"] == "Condition"
    assert channel("GET", "/v1/matters/none").status_code == 404


@pytest.mark.parametrize(("typed", "found"), [
    ("规划许可", ["permit"]), ("jsgc", ["permit"]), ("guihua", ["permit"]), ("工规证", ["permit"]),
    ("BUILDING permit", ["permit"]), ("information", ["foi"]), ("信息公开", ["foi"]),
    ("zfxxgk", ["foi"]), ("ＰＥＲＭＩＴ", ["permit"]), ("nothing like it", []), ("", []),
    ("%20%20", [])])
def test_search(channel: Asker, typed: str, found: list[str]) -> None:
    assert codes(channel, f"/v1/matters?q={typed}") == found
