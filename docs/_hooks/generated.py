"""Pages made when the site is built: keys of campaign files and records, commands, the notebook, measured speeds."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from screening.campaign.record_files import RECORD_FILES
from screening.config.load import json_schema
from screening.records import read_table

ROOT = Path(__file__).parents[2]
# The pages of records are made without mkdocs, which their tests need not have.
sys.path.insert(0, str(Path(__file__).parent))
from records import record_page, records_page, tables_page  # noqa: E402


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages."""
    pages = {
        "reference/config.md": config_page(json.loads(json_schema())),
        "reference/cli.md": cli_page(),
        "reference/records.md": records_page(),
        "reference/tables.md": tables_page(),
        **{f"reference/{file.page}.md": record_page(file) for file in RECORD_FILES},
        "speed.md": speed_page(read_table(ROOT / "docs" / "figures" / "speed.csv")),
        **{
            f"notebooks/{path.stem}.md": notebook_page(json.loads(path.read_text(encoding="utf-8")))
            for path in sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
        },
    }
    for name, content in pages.items():
        files.append(File.generated(config, name, content=content))
    return files


def config_page(schema: dict[str, Any]) -> str:
    """Every key of a campaign file, section by section, from the JSON schema."""
    lines = [
        "# Campaign file",
        "",
        "Generated from the models that read the file. Unknown keys are errors. `screening schema` prints the same as "
        "a JSON schema, which editors can use for completion.",
        "",
    ]
    paths = {"": "campaign"} | _paths(schema, schema["$defs"])
    for name, path in paths.items():
        lines += _section(path, schema["$defs"][name] if name else schema, paths)
    return "\n".join(lines) + "\n"


def _paths(part: dict[str, Any], models: dict[str, Any], before: str = "") -> dict[str, str]:
    """Where each model first stands in a campaign file, sorted by that place."""
    found: dict[str, str] = {}
    for key, field in part["properties"].items():
        path = f"{before}.{key}" if before else key
        for name in re.findall(r"#/\$defs/(\w+)", json.dumps(field)):
            if "properties" in models[name] and name not in found:
                found[name] = path
                found = {**_paths(models[name], models, path), **found}
    return dict(sorted(found.items(), key=lambda item: item[1]))


def _section(path: str, part: dict[str, Any], paths: dict[str, str]) -> Iterator[str]:
    yield from (f"## {path}", "", _text(part.get("description", "")), "")
    yield from ("| key | type | default | meaning |", "|---|---|---|---|")
    for key, field in part["properties"].items():
        default = f"`{json.dumps(field['default'])}`" if "default" in field else ""
        if key in part.get("required", ()):
            default = "required"
        elif isinstance(field.get("default"), dict) or ("default" not in field and "$ref" in field):
            default = "see there"
        yield f"| `{key}` | {_type(field, paths)} | {default} | {_text(field.get('description', ''))}{_bounds(field)} |"
    yield ""


def _text(description: str) -> str:
    """As Markdown: no character of it is markup but the backticks."""
    parts = description.replace("|", "\\|").split("`")
    # Every other part stands between backticks, where only the table's own sign needs care.
    parts[::2] = [re.sub(r"([*_])", r"\\\1", part.replace("<", "&lt;")) for part in parts[::2]]
    return "`".join(parts)


def _type(field: dict[str, Any], paths: dict[str, str]) -> str:
    if "$ref" in field:
        path = paths[field["$ref"].rsplit("/", 1)[-1]]
        return f"[{path}](#{path.replace('.', '')})"
    for several in ("anyOf", "oneOf"):
        if several in field:
            return " or ".join(dict.fromkeys(_type(one, paths) for one in field[several]))
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    if field.get("type") == "array":
        items = field.get("items") or next(iter(field.get("prefixItems", ({},))))
        return f"list of {_type(items, paths)}"
    names = {"null": "none", "object": "mapping", "string": "text", "integer": "whole number"}
    return names.get(field.get("type", "any"), field.get("type", "any"))


def _bounds(field: dict[str, Any]) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    parts = [field, *field.get("anyOf", ())]
    found = [f"{sign} {part[key]}" for part in parts for key, sign in signs.items() if key in part]
    return f" ({', '.join(dict.fromkeys(found))})" if found else ""


def cli_page() -> str:
    """Every command with its arguments, from the command line itself."""
    import typer
    from typer.cli import get_docs_for_click

    from screening.cli.main import app

    command = typer.main.get_command(app)
    command.commands = {name: one for name, one in command.commands.items() if not one.hidden}
    text = str(get_docs_for_click(obj=command, ctx=typer.Context(command), name="screening", title="Command line"))
    # The list of commands cuts their descriptions; each has its own section with all of it.
    return re.sub(r"\*\*Commands\*\*:\n\n(?:\* .*\n)+", "", text)


def speed_page(rows: list[dict[str, Any]]) -> str:
    """The ratios to the usual alternatives, with machine, versions and day."""
    lines = [
        "# Speed compared with other tools",
        "",
        "Each row compares this package with the usual alternative, side by side in one run. "
        "`python -m benchmarks speed` writes this table; with `--check` it fails if a ratio fell by a third. The "
        "machines are shared, so differences below a third mean nothing.",
        "",
        "| task | alternative | here | times as fast | measured |",
        "|---|---|---|---|---|",
    ]
    lines += ["| {task} | {otherwise} | {here} | {ratio:g} | {measured_utc:.10} |".format(**row) for row in rows]
    machines = dict.fromkeys(f"{row['machine']}: {row['versions']}." for row in rows)
    return "\n".join([*lines, "", *(f"{machine}\n" for machine in machines)])


def notebook_page(notebook: dict[str, Any]) -> str:
    """A notebook with the outputs stored in it."""
    parts = []
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(source)
            continue
        parts.append(f"```python\n{source}\n```")
        parts += [_output(output) for output in cell["outputs"]]
    return "\n\n".join(parts) + "\n"


def _output(output: dict[str, Any]) -> str:
    if output["output_type"] == "stream":
        return f"```text\n{''.join(output['text'])}```"
    data = output["data"]
    if "image/png" in data:
        image = "".join(data["image/png"]).replace("\n", "")
        return f'<img alt="Output of the cell above" src="data:image/png;base64,{image}">'
    if "text/html" in data:
        return re.sub(r"<style.*?</style>|\n", "", "".join(data["text/html"]), flags=re.DOTALL)
    return f"```text\n{''.join(data['text/plain'])}\n```"
