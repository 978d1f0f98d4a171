"""The yardstick: what Flask does on this machine when there is nothing to do."""

from __future__ import annotations

from flask import Flask, Response, jsonify


def create_app() -> Flask:
    app = Flask("baseline", static_folder=None)

    @app.get("/bare/<number>")
    def bare(number: str) -> Response:
        return jsonify({"number": number, "status": "in_review", "days_left": 7})

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify({"ok": True})

    return app
