"""The page of commands, from the signatures that typer reads."""

import inspect
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

import typer
from pieces import cell, table
from typer.models import ArgumentInfo, CommandInfo, ParameterInfo

from srcnn.cli.app import build_app


def commands() -> str:
    """Every command: what it takes, its options, its examples."""
    lines = [
        "# Commands",
        "",
        "The same as `srcnn COMMAND --help`. Exit codes: 0 all done, 1 something failed, 2 usage, 130",
        "interrupted by Ctrl-C, 143 ended by SIGTERM.",
    ]
    for path, command in sorted(_commands("srcnn", build_app()), key=lambda pair: pair[0]):
        lines += ["", f"## {path}", "", *_command_page(path, command)]
    return "\n".join(lines)


def _commands(path: str, group: typer.Typer) -> Iterator[tuple[str, CommandInfo]]:
    yield from ((f"{path} {command.name}", command) for command in group.registered_commands)
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        yield from _commands(f"{path} {inner.name or inner.typer_instance.info.name}", inner.typer_instance)


def _command_page(path: str, command: CommandInfo) -> list[str]:
    assert command.callback is not None
    takes, options, words = [], [], [path, "[OPTIONS]"]
    for name, kind, facts, default in _parameters(command.callback):
        if isinstance(facts, ArgumentInfo):
            words.append(_placeholder(name, kind, facts, default))
            takes.append([f"`{words[-1]}`", cell(facts.help), ""])
        else:
            options.append([_option(name, kind, facts), cell(facts.help), _default(default)])
    lines = ["```text", " ".join(words), "```", "", inspect.getdoc(command.callback) or ""]
    lines += ["", *table(["", "what it is", "default"], [*takes, *options])]
    examples = [line.strip() for line in (command.epilog or "").splitlines() if line.startswith("  ")]
    if examples:
        lines += ["", "```sh", *examples, "```"]
    return lines


def _parameters(command: Callable[..., Any]) -> Iterator[tuple[str, Any, ParameterInfo, Any]]:
    # Name, type, what typer was told of it, default. Signatures, since typer's own objects come and go.
    hints = get_type_hints(command, include_extras=True)
    for name, parameter in inspect.signature(command).parameters.items():
        kind, *notes = get_args(hints[name])
        facts = next(note for note in notes if isinstance(note, ParameterInfo))
        if not facts.hidden:
            yield name, kind, facts, parameter.default


def _placeholder(name: str, kind: Any, facts: ParameterInfo, default: Any) -> str:
    word = facts.metavar or name.upper()
    if default is not inspect.Parameter.empty and not word.startswith("["):
        word = f"[{word}]"
    return f"{word}..." if get_origin(kind) in (list, tuple) and "..." not in word else word


def _option(name: str, kind: Any, facts: ParameterInfo) -> str:
    # In an Annotated hint typer keeps the first name where a default would stand.
    named = [word for word in (facts.default, *(facts.param_decls or ())) if isinstance(word, str)]
    names = sorted(named or [f"--{name.replace('_', '-')}"], key=len, reverse=True)
    words = ", ".join(f"`{word}`" for word in names)
    return (
        words
        if bool in (kind, *get_args(kind))
        else f"{words} `{facts.metavar or _choices(kind)}`".replace("|", r"\|")
    )


def _choices(kind: Any) -> str:
    # What an option without a word of its own is given: one of these.
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "|".join(str(member.value) for member in kind)
    raise TypeError(f"expected an option with a metavar, or of an Enum, got {kind}")


def _default(value: Any) -> str:
    if value is inspect.Parameter.empty:
        return "must be given"
    return (
        ""
        if value is None or value is False or value in ("", (), [])
        else f"`{getattr(value, 'value', value)}`"
    )
