"""A clerk at the desk, with the staff's own program."""

from __future__ import annotations

from typing import Any

import msgspec
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from status_service.cases.write import CaseWrite
from tests.status_service.api.conftest import Asker


class Clerk:
    """Works with the token of the fixtures. Methods give what the service said."""

    def __init__(self, client: FlaskClient, number: str = "1017") -> None:
        self._ask = Asker(client, "staff")
        self._headers = {"Hallway-Clerk": number}

    def asks(self, method: str, path: str, body: Any = None) -> TestResponse:
        return self._ask(method, path, body, headers=self._headers)

    def good(self, method: str, path: str, body: Any = None) -> Any:
        got = self.asks(method, path, body)
        assert got.status_code in (200, 201), got.json
        return got.json

    def sees(self, number: str) -> Any:
        return self.good("GET", f"/v1/desk/cases/{number}")

    def names(self, number: str, role: str, phone: str, **more: Any) -> Any:
        return self.good("POST", f"/v1/desk/cases/{number}/speakers",
                         {"role": role, "name": "孙六", "phone": phone, **more})

    def removes(self, number: str, speaker: int) -> TestResponse:
        return self.asks("DELETE", f"/v1/desk/cases/{number}/speakers/{speaker}")

    def new_code(self, number: str) -> str:
        return str(self.good("POST", f"/v1/desk/cases/{number}/query-code")["code"])

    def new_phone(self, number: str, phone: str) -> TestResponse:
        return self.asks("PUT", f"/v1/desk/cases/{number}/phone", {"phone": phone})

    def tasks(self, **wanted: str) -> list[Any]:
        where = "&".join(f"{name}={value}" for name, value in wanted.items())
        return list(self.good("GET", f"/v1/tasks?{where}")["items"])


class BackOffice:
    """Goes on stating its cases, with the code and the phone that it knows."""

    def __init__(self, client: FlaskClient) -> None:
        self._ask = Asker(client, "bureau")

    def states(self, number: str, write: CaseWrite) -> str:
        got = self._ask("PUT", f"/v1/cases/{number}", data=msgspec.json.encode(write))
        assert got.status_code in (200, 201), got.json
        return str(got.json["outcome"])  # type: ignore[index]
