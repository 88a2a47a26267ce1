"""What --help looks like on a terminal, and that what it says can be done."""

from __future__ import annotations

import inspect
import re
import shlex
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import artbyol
from artbyol.cli import EXIT_CODES, PANELS, app
from artbyol.cli.options import OUTPUT, RARE

COMMANDS = [name for names in PANELS.values() for name in names]
ROOT: Any = typer.main.get_command(app)


def shown(*command: str, columns: int = 80) -> str:
    """--help as it stands on a terminal of this width."""
    surroundings = {"COLUMNS": str(columns), "NO_COLOR": "1"}
    result = CliRunner().invoke(app, [*command, "--help"], env=surroundings, prog_name="artbyol")
    assert result.exit_code == 0
    return "\n".join(line.rstrip() for line in result.output.splitlines())


def paragraphs(text: str) -> list[list[str]]:
    """What stands outside of panels, in lines."""
    outside = re.sub(r"╭.*?╰─*╯", "\n", text, flags=re.DOTALL)
    return [paragraph.splitlines() for paragraph in re.split(r"\n{2,}", outside.strip("\n"))]


@pytest.mark.parametrize("columns", [80, 100])
@pytest.mark.parametrize(
    "command", [[], *([name] for name in COMMANDS)], ids=lambda names: names[0] if names else "all"
)
def test_paragraphs_fill_their_lines(command: list[str], columns: int) -> None:
    text = shown(*command, columns=columns)
    assert max(map(len, text.splitlines())) <= columns
    for paragraph in paragraphs(text):
        assert [line for line in paragraph[:-1] if len(line) < columns / 2] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_examples_can_be_pasted(command: str) -> None:
    examples = re.findall(r"^ *(artbyol .*)$", shown(command).split("Examples:")[1], re.MULTILINE)
    assert len(examples) == 2
    for example in examples:
        program, name, *arguments = shlex.split(example)
        assert (program, name) == ("artbyol", command)
        ROOT.commands[command].make_context(command, arguments)  # raises a usage error otherwise


def test_commands_stand_in_panels_in_the_order_of_work() -> None:
    text = shown()
    places = [text.index(f"─ {panel} ─") for panel in PANELS]
    assert places == sorted(places)
    first_words = re.findall(r"^│ (\w+) ", text, re.MULTILINE)
    assert first_words == COMMANDS == list(dict.fromkeys(COMMANDS)) and len(COMMANDS) == 21
    assert " ".join(EXIT_CODES.split()) in " ".join(text.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_rarely_needed_stands_apart_and_last(command: str) -> None:
    panels = {parameter.name: parameter.rich_help_panel for parameter in ROOT.commands[command].params}
    for name in ("device", "precision", "max_megapixels", "seed", "store", "batch_size", "image_size"):
        assert panels.get(name, RARE) == RARE
    assert panels["json"] == panels["quiet"] == OUTPUT
    titles = re.findall(r"^╭─ ([\w ]+) ─", shown(command), re.MULTILINE)
    assert titles == ["Arguments", "Options", OUTPUT, RARE]


@pytest.mark.parametrize("command", COMMANDS)
def test_options_are_the_arguments_of_the_verb_with_the_same_defaults(command: str) -> None:
    """What a command passes on reaches its verb, and means there what it means without being given."""
    module = __import__(f"artbyol.cli.{command}", fromlist=[command])
    declared = list(inspect.signature(getattr(module, command)).parameters.values())[1:]
    verb = inspect.signature(getattr(artbyol, {"open": "serve"}.get(command, command))).parameters
    for option in declared:
        if option.kind is inspect.Parameter.KEYWORD_ONLY:
            continue
        assert option.name in verb
        if option.default is not None:  # None: left to the verb
            assert option.default == verb[option.name].default, option.name
