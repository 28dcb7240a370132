"""The page of recipe keys, from the schema that recipes are checked with."""

import ast
import inspect
import json
import sys
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from pieces import cell, table
from pydantic import BaseModel

from srcnn.training.recipe import Recipe, list_recipes, read_recipe

VARIANTS = """\
A file with such tables is an experiment: each holds a `name` and the keys that it changes; all else is the
file's own. `srcnn train EXPERIMENT` trains one after the other and ends with a table; `EXPERIMENT.NAME` is
one of them alone."""


def recipe_keys() -> str:
    """Every key of a recipe with its values and default, then the shipped recipes."""
    schema = Recipe.model_json_schema()
    lines = [
        "# Recipes",
        "",
        "A recipe is TOML; it names image sets and never paths. A key that is not listed here is refused.",
        "",
        "## Keys",
        "",
        "At the top:",
        "",
        *_keytable(Recipe, schema, schema),
    ]
    for name, model in _sections(Recipe):
        section = schema["$defs"][model.__name__]
        lines += [
            "",
            f"### `[{name}]`",
            "",
            inspect.getdoc(model) or "",
            "",
            *_keytable(model, section, schema),
        ]
    lines += ["", "### `[[variants]]`", "", VARIANTS]
    lines += ["", "## Shipped recipes", "", "`srcnn train NAME` runs one.", ""]
    rows = [[f"`{name}`", cell(read_recipe(name)["description"])] for name in list_recipes()]
    return "\n".join([*lines, *table(["recipe", "what it is"], rows)])


def _sections(model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield name, kind


def _keytable(model: type[BaseModel], section: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    inner = {name for name, _ in _sections(model)}
    described = _attribute_docs(model)
    rows = []
    for key, facts in section["properties"].items():
        if key in inner:
            continue
        if key not in described:
            sys.exit(f"expected a docstring under each key, got none under {model.__name__}.{key}")
        default = (
            "must be given" if key in section.get("required", ()) else f"`{json.dumps(facts.get('default'))}`"
        )
        default = "" if default == "`null`" else default
        rows.append([f"`{key}`", _values(facts, schema), default, cell(described[key])])
    return table(["key", "values", "default", "what it is"], rows)


def _values(facts: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if "$ref" in facts:
        return _values(schema["$defs"][facts["$ref"].rpartition("/")[2]], schema)
    if "anyOf" in facts:
        kinds = (_values(kind, schema) for kind in facts["anyOf"] if kind.get("type") != "null")
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in facts:
        return ", ".join(f"`{json.dumps(value)}`" for value in facts["enum"])
    if "const" in facts:
        return f"`{json.dumps(facts['const'])}`"
    if facts.get("type") == "array":
        if "prefixItems" in facts:
            return f"{len(facts['prefixItems'])} of " + _values(facts["prefixItems"][0], schema)
        return "list of " + _values(facts.get("items", {}), schema)
    bounds = {"exclusiveMinimum": ">", "minimum": "≥", "exclusiveMaximum": "<", "maximum": "≤"}
    limits = [f"{sign} {facts[bound]:,}" for bound, sign in bounds.items() if bound in facts]
    kind = str(facts.get("type", "any"))
    return ", ".join([{"object": "table", "boolean": "true or false"}.get(kind, kind), *limits])


def _attribute_docs(model: type[BaseModel]) -> dict[str, str]:
    """The string under each key, as an editor shows it: Python keeps none of these at run time."""
    found: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        if not kind.__module__.startswith("srcnn."):
            continue
        (body,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
        assert isinstance(body, ast.ClassDef)
        for key, text in zip(body.body, body.body[1:], strict=False):
            if (
                isinstance(key, ast.AnnAssign)
                and isinstance(key.target, ast.Name)
                and isinstance(text, ast.Expr)
            ):
                found[key.target.id] = inspect.cleandoc(ast.literal_eval(text.value))
    return found
