"""The documentation: generated parts are current, commands and options are all there, links lead on, code runs."""

from __future__ import annotations

import importlib.util
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import artbyol
from artbyol.cli import app
from tests.conftest import ROOT, paint, painting

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "sample_images").glob("*.md")])
WITH_CODE = ("README.md", "docs/library.md", "docs/method.md", "docs/store.md")
COMMANDS = [info.callback.__name__ for info in app.registered_commands if info.callback]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^()\s]+)\)")


def _anchor(heading: str) -> str:
    """The name under which a heading can be linked to, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def _help_options(*command: str) -> set[str]:
    """Every option that --help names, on a screen so wide that no name is broken."""
    result = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "300", "NO_COLOR": "1", "TERM": "dumb"})
    assert result.exit_code == 0
    plain = re.sub(r"\x1b\[[\d;]*m", "", result.output)
    lines = [line for line in plain.splitlines() if re.match(r"\W*\s-", line)]
    return {name for line in lines for name in re.findall(r"(?<=\s)--?[a-z0-9][\w-]*", line.split("  [")[0][:60])}


def _script(name: str) -> Any:
    """A script of docs/, to be asked what it would write."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def _section(name: str) -> str:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    return text.split(f"## artbyol {name}\n")[1].split("\n## ")[0]


def test_command_line_reference_is_current() -> None:
    written = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert _script("make_cli_reference").reference() == written, "run: python docs/make_cli_reference.py"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_help_is_in_the_reference(command: str) -> None:
    options = _help_options(command)
    assert {"--help", "--json", "--quiet", "-q"} <= options
    section = _section(command)
    missing = [option for option in options if not re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", section)]
    assert not missing


def test_every_option_of_the_program_itself_is_in_the_reference() -> None:
    options = _help_options()
    assert {"--version", "--help"} <= options
    head = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8").split("\n## ")[0]
    assert [option for option in options if option not in head] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_explained_and_is_a_function(command: str) -> None:
    assert f"artbyol {command}" in (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    assert f"\n## {command}\n" in (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    assert callable(getattr(artbyol, command))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for link in _LINK.findall(_FENCE.sub("", text)):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = document.parent / name if name else document
        assert target.exists(), f"{document.name} links to {link}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", _FENCE.sub("", target.read_text(encoding="utf-8")), re.MULTILINE)
            assert anchor in map(_anchor, headings), f"{document.name} links to {link}"


def test_every_picture_is_shown_and_small() -> None:
    texts = "".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
    for picture in (ROOT / "docs" / "images").iterdir():
        assert picture.name in texts
        assert picture.stat().st_size < 250_000


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_named_are_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    named = set(re.findall(r"(?<![\w/])(?:artbyol|tests|docs|sample_images)/[\w/]*\w\.(?:py|md)\b", text))
    assert [name for name in named if not (ROOT / name.replace("NAME", "similar")).exists()] == []
    modules = {name.replace(".", "/") for name in re.findall(r"python -m (tests\.[\w.]+\w)", text)}
    places = {name: (ROOT / f"{name}.py", ROOT / name / "__main__.py") for name in modules}
    assert [name for name, files in places.items() if not any(map(Path.exists, files))] == []


def test_readme_begins_with_the_two_lines() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    commands = [line for line in lines if line.startswith("python3 -m venv ") and " && " in line]
    environment = "python3 -m venv .venv && .venv/bin/pip install"
    assert commands == [
        f"{environment} . && .venv/bin/artbyol explore sample_images",
        f"{environment} '.[test]' && .venv/bin/pytest",
    ]


@pytest.mark.slow
def test_library_shows_every_call_and_every_field_of_every_result() -> None:
    script = _script("make_library_reference")
    text = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    assert script.filled(text) == text, "run: python docs/make_library_reference.py"
    assert set(COMMANDS) < set(script.functions())
    for name, function in script.functions().items():
        assert f"<!-- call {name} -->" in text
        assert [one for one in inspect.signature(function).parameters if not re.search(rf"\b{one}\b", text)] == []
    for name, result in script.results().items():
        assert f"<!-- fields {name} -->" in text
        shown = script.table(result)
        assert [field for field in result.__annotations__ if not re.search(rf"\b{field}\b", shown)] == [], name


@pytest.fixture(scope="module")
def paintings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the collection of the examples, with a model; with one work more each of their trainings
    would take twice as long, because of the verdict."""
    folder = tmp_path_factory.mktemp("documentation")
    paint(folder / "paintings", 14)
    painting(99).save(folder / "paintings" / "harbour.jpg")
    paint(folder / "others", 20, first=10)
    rows = [f"work{number:02d}.png,{'Anna' if number < 8 else 'Bert'}\n" for number in range(14)]
    (folder / "labels.csv").write_text("filename,painter\n" + "".join(rows))
    artbyol.explore(folder / "paintings", effort="quick")
    return folder


def _example(name: str) -> str:
    blocks = _FENCE.findall((ROOT / name).read_text(encoding="utf-8"))
    return "\n".join(code for language, code in blocks if language == "python")


@pytest.mark.slow
@pytest.mark.parametrize("name", WITH_CODE)
def test_examples_run(name: str, paintings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = _example(name)
    assert code
    monkeypatch.chdir(paintings)
    exec(compile(code, name, "exec"), {"__name__": "example"})


def test_no_other_document_has_python_examples() -> None:
    for document in DOCUMENTS:
        if document.relative_to(ROOT).as_posix() not in WITH_CODE:
            assert "```python" not in document.read_text(encoding="utf-8")


def test_schema_in_the_documentation_is_the_real_one() -> None:
    from artbyol.storage import schema

    text = (ROOT / "docs" / "store.md").read_text(encoding="utf-8")
    (written,) = [code for language, code in _FENCE.findall(text) if language == "sql"]
    assert written.strip() == schema._SCHEMA.split("INSERT INTO")[0].strip()
    assert f"0x{schema.APPLICATION_ID:X}" in text and f"schema version {schema.SCHEMA_VERSION}" in text


def test_every_skip_code_is_explained() -> None:
    from artbyol.pictures.skips import SKIP_CODES

    text = (ROOT / "docs" / "faq.md").read_text(encoding="utf-8")
    assert [code for code in SKIP_CODES if f"`{code}`" not in text] == []


def test_every_error_is_listed() -> None:
    from artbyol.base import errors

    text = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    named = [name for name, value in vars(errors).items() if isinstance(value, type) and name != "IndexDamagedError"]
    assert [name for name in named if name not in text] == []


def test_every_environment_variable_is_listed() -> None:
    used = {
        name
        for path in (ROOT / "artbyol").rglob("*.py")
        for name in re.findall(r"ARTBYOL_[A-Z_]+", path.read_text(encoding="utf-8"))
    }
    text = (ROOT / "docs" / "store.md").read_text(encoding="utf-8")
    assert [name for name in used if f"`{name}`" not in text] == []


def test_every_folder_of_another_program_is_listed() -> None:
    from artbyol.pictures.packages import _FOLDERS

    text = (ROOT / "docs" / "faq.md").read_text(encoding="utf-8").lower().replace("found.000", "found.[0-9][0-9][0-9]")
    assert [name for names in _FOLDERS.values() for name in names if f"`{name}`" not in text] == []
