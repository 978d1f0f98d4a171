"""The walls of the house, as checks that read the code: each takes the directory to look
at and gives its complaints. `test_house` runs them on the repository and on planted sins."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator
from pathlib import Path

MOST_LINES = 450
LEFT_BEHIND = ("var", "build", "__pycache__")
CODE = (".py", ".js", ".css", ".html", ".sh")

# Who may import what of ours. "a.b" opens that module or package and what is below it.
CHANNEL = ("settings", "webhooks", "status_service.client", "status_service.wording")
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "status_service": ("status_service", "settings"),
    "ivr": ("ivr", *CHANNEL),
    "sms": ("sms", *CHANNEL),
    "kiosk": ("kiosk", *CHANNEL),
    # The fake Twilio account proves nothing if it shares a line with what it tests.
    "tryout": ("tryout", "settings"),
    # Nor does the software card: what it computes, it knows from the standards alone.
    "tryout.softcard": ("tryout.softcard",),
    "settings": (),
    "webhooks": ("settings",),
    "processes": (),
    "embedded": ("hallway", "kiosk_start", "processes", "settings"),
    "kiosk_start": ("processes",),
    "hallway": ("embedded", "ivr.audio", "ivr.web", "sms.web", "tryout.web", "settings", "webhooks",
                "status_service.client"),
}
UNFINISHED = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "raise NotImplemented" + "Error")


def code_files(root: Path, *suffixes: str) -> Iterator[Path]:
    """Our own files: not environments, caches, or what a run leaves behind."""
    for directory, below, names in os.walk(root):
        below[:] = sorted(name for name in below
                          if not name.startswith(".") and name not in LEFT_BEHIND)
        for name in sorted(names):
            if Path(name).suffix in (suffixes or CODE):
                yield Path(directory, name)


def imported(tree: ast.AST, package: str) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of everything that is imported, wherever in the file it stands.

    `from a.b import c` names a.b.c, for c may be a module.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*(above if node.level else []), *filter(None, [node.module])])
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"
        elif (isinstance(node, ast.Call) and node.args
              and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
              and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__")):
            yield node.lineno, node.args[0].value


def broken_walls(root: Path) -> list[str]:
    """Imports that a room may not make."""
    complaints = []
    for room, open_to in MAY_IMPORT.items():
        place = root.joinpath(*room.split("."))
        single = place.with_suffix(".py")
        files = [single] if single.exists() else list(code_files(place, ".py"))
        for path in files:
            inside = path.relative_to(root)
            package = ".".join(inside.parts[:-1])
            for line, name in imported(ast.parse(path.read_text()), package):
                ours = name.split(".")[0] in MAY_IMPORT
                if ours and not any(f"{name}.".startswith(f"{door}.") for door in open_to):
                    complaints.append(f"{inside}:{line}: {room} may not import {name}")
    return complaints


def long_files(root: Path) -> list[str]:
    """Files that one cannot see whole."""
    counted = ((path, len(path.read_text().splitlines())) for path in code_files(root))
    return [f"{path.relative_to(root)}: {lines} lines, {MOST_LINES} at most"
            for path, lines in counted if lines > MOST_LINES]


def unfinished(root: Path) -> list[str]:
    """Words that say that something is not done."""
    return [f"{path.relative_to(root)}:{number}: {word}"
            for path in code_files(root)
            for number, line in enumerate(path.read_text().splitlines(), 1)
            for word in UNFINISHED if word in line]


def modules_without_a_word(root: Path) -> list[str]:
    """Modules that do not say what they are for; empty package files and fixtures need not."""
    return [f"{path.relative_to(root)}: no docstring"
            for path in code_files(root, ".py")
            if path.name != "conftest.py" and path.read_text().strip()
            and not ast.get_docstring(ast.parse(path.read_text()))]


def idle_tests(root: Path) -> list[str]:
    """Tests that wait for a while instead of for something, that are skipped or expected to
    fail, or that look at nothing."""
    complaints = []
    trees = {path: ast.parse(path.read_text()) for path in code_files(root / "tests", ".py")}
    checking = checkers(list(trees.values()))
    for path, tree in trees.items():
        where = path.relative_to(root)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute | ast.Name):
                name = ast.unparse(node)
                if name.split(".")[-1] in WAITS:
                    complaints.append(f"{where}:{node.lineno}: {name} waits for nothing")
                if name in HIDES:
                    complaints.append(f"{where}:{node.lineno}: {name} hides a test")
            if (isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
                    and not _checks(node, checking)):
                complaints.append(f"{where}:{node.lineno}: {node.name} checks nothing")
    return complaints


WAITS = ("sleep", "wait_for_timeout")
HIDES = ("pytest.skip", "pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail",
         "pytest.xfail", "pytest.importorskip")


def checkers(trees: list[ast.Module]) -> set[str]:
    """Names of functions in the tests that check something, themselves or through another."""
    functions = [node for tree in trees for node in ast.walk(tree)
                 if isinstance(node, ast.FunctionDef) and not node.name.startswith("test_")]
    found = {"raises", "fail", "wait_ready", "wait_for"}
    while more := {f.name for f in functions if f.name not in found and _checks(f, found)}:
        found |= more
    return found


def _checks(function: ast.FunctionDef, checking: set[str]) -> bool:
    """It asserts, raises an AssertionError, or calls something that does."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Raise) and node.exc and "Error" in ast.unparse(node.exc):
            return True
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
            if called in checking:
                return True
    return False


CHECKS: tuple[Callable[[Path], list[str]], ...] = (
    broken_walls, long_files, unfinished, modules_without_a_word, idle_tests)
