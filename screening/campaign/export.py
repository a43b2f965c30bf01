"""`screening export`: a campaign as one archive, an RO-Crate that another machine can check and run again."""

import hashlib
import json
import os
import re
import zipfile
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import yaml

from screening.campaign.api import TABLES
from screening.campaign.verify import verify
from screening.config.load import load_campaign
from screening.config.potential import weights_path, with_weights_file
from screening.errors import ConfigError, StageError
from screening.records import atomic_write, read_json, sha256_of
from screening.version import __version__

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
METADATA = "ro-crate-metadata.json"
CONFIG = "campaign.yaml"
ANSWERS = "database_answers"
# A zip cannot hold earlier times; the same for every file, so that the same campaign gives the same bytes.
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
TYPES = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".yaml": "application/yaml",
    ".cif": "chemical/x-cif",
    ".txt": "text/plain",
    ".h5": "application/x-hdf5",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
README = """\
Campaign {name}, screened with screening {version}.

campaign.yaml runs it again, with the structures and database answers that are here:

    screening run campaign.yaml --cores 4

environment.txt names the exact packages. With these packages on the same kind of processor, the tables of
results/{name} are reproduced exactly. On other processors the trajectories differ, and diffusivities agree
within their errors. `screening verify results/{name}` checks the files.
"""
WEIGHTS_README = """
This archive does not contain the potential's weights. Put them here before you run the campaign again:

{places}

results/{name}/potential.json has the checksum of the weights that were used. Other weights make another campaign.
"""


@dataclass(frozen=True)
class Packed:
    """A file of the archive: where it lies in it, and its content or the file on disk that holds it."""

    name: str
    content: bytes | Path

    def read(self) -> bytes:
        """Its bytes."""
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()


def export(
    results: Path, archive: Path, trajectories: bool = False, weights: bool = False, force: bool = False
) -> list[str]:
    """Pack config, tables, structures and records of a finished campaign.

    Args:
        results: Folder of the campaign, results/NAME.
        archive: Zip file to write.
        trajectories: Pack the trajectories too; they are most of the bytes.
        weights: Pack the files of weights that the config names; else the archive's README says where to put them.
        force: Pack even what no longer matches its records.

    Returns:
        The names in the archive.

    Raises:
        ConfigError: there is no campaign, its config is none, or a key of the user's would be packed.
        StageError: the campaign is not finished, or its files do not match its records.
    """
    if not results.is_dir():
        raise ConfigError(f"{results}: there is no such folder; give the campaign's, results/NAME")
    for name in ("config.resolved.yaml", "ranking.csv"):
        if not (results / name).is_file():
            raise StageError(f"{results / name} is missing: the campaign is not finished; run it to its end first")
    found = verify(results)
    if found.problems and not force:
        raise StageError(
            f"{results}: {len(found.problems)} files do not match their records, the first: {found.problems[0]}; "
            "`screening verify` lists all, --force packs them as they are"
        )
    campaign = load_campaign(results / "config.resolved.yaml").model_dump(mode="json")
    files = _files(results, campaign, trajectories, weights)
    _refuse_secrets(files)
    metadata = _metadata(results, campaign, files)
    files.insert(0, Packed(METADATA, (json.dumps(metadata, indent=1, ensure_ascii=False) + "\n").encode()))
    atomic_write(archive, lambda temporary: _write(temporary, files))
    return [file.name for file in files]


def _files(results: Path, campaign: dict[str, Any], trajectories: bool, with_weights: bool) -> list[Packed]:
    name = campaign["campaign"]
    structures = _rewrite_files(results, campaign)
    weights = _rewrite_weights(results, campaign)
    readme = README.format(name=name, version=__version__)
    if weights and not with_weights:
        places = "\n".join(
            f"    {place}  ({path.name}, the weights of the campaign)" for place, path in weights.items()
        )
        readme += WEIGHTS_README.format(name=name, places=places)
    header = "# Every setting, defaults included; structures lie beside it.\n"
    text = header + yaml.safe_dump(campaign, sort_keys=False, allow_unicode=True)
    packages = sorted({f"{d.metadata['Name']}=={d.version}" for d in distributions()}, key=str.lower)
    files = [
        Packed(CONFIG, text.encode()),
        Packed("README.txt", readme.encode()),
        Packed("environment.txt", ("\n".join(packages) + "\n").encode()),
        *structures,
        *(_packed_weights(weights) if with_weights else ()),
    ]
    for path in sorted(results.rglob("*")):
        place = path.relative_to(results)
        if not path.is_file() or any(part.startswith(".") for part in place.parts):
            continue
        if place.parts[0] == ANSWERS:
            files.append(Packed(place.as_posix(), path))
        elif place.parts[0] not in ("logs", "benchmarks") and (trajectories or path.suffix not in (".h5", ".npz")):
            files.append(Packed(f"results/{name}/{place.as_posix()}", path))
    return files


def _rewrite_files(results: Path, campaign: dict[str, Any]) -> list[Packed]:
    """Give the user's structure files names that are safe everywhere; changes the campaign accordingly."""
    packed = []
    keys = [f"parents.{i}" for i in range(len(campaign["parents"]))]
    keys += [f"stability.references.{i}" for i in range(len(campaign["stability"]["references"]))]
    structures = [*campaign["parents"], *campaign["stability"]["references"]]
    for index, (key, parent) in enumerate(zip(keys, structures, strict=True)):
        if parent["file"] is None:
            continue
        path = results / parent["file"]
        if not path.is_file():
            raise StageError(f"{path}: the structure file of {key} is gone; put it back to export")
        # The id that rules use must not change with the name.
        parent["id"] = parent["id"] or path.name.rsplit(".", 1)[0]
        safe = re.sub(r"[^A-Za-z0-9_.\-]", "_", path.name)
        # POSCAR is told from other formats by the beginning of its name.
        parent["file"] = f"structures/{index}/{safe}"
        packed.append(Packed(parent["file"], path))
    return packed


def _rewrite_weights(results: Path, campaign: dict[str, Any]) -> dict[str, Path]:
    """Let potentials find their weights in the archive, not in places of this machine; changes the campaign.

    Returns:
        The weights of this machine by their place in the archive; folders for matgl.
    """
    found = {}
    for key, potential in (("first", campaign["potential"]), ("second", campaign["potential"]["second"])):
        path = weights_path(potential["name"], results) if potential else None
        if path is not None:
            place = f"./weights/{key}/{path.name}"
            potential["name"] = with_weights_file(potential["name"], place)
            found[place.removeprefix("./")] = path
    return found


def _packed_weights(weights: dict[str, Path]) -> list[Packed]:
    packed = []
    for place, path in weights.items():
        if not path.exists():
            raise StageError(f"{path}: the potential's weights are gone; put them back, or export without --weights")
        files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
        packed += [Packed(f"{place}/{file.relative_to(path)}" if path.is_dir() else place, file) for file in files]
    return packed


def _refuse_secrets(files: list[Packed]) -> None:
    keys = [os.environ.get(name, "").strip() for name in ("MP_API_KEY", "PMG_MAPI_KEY")]
    try:
        settings = yaml.safe_load(Path("~/.pmgrc.yaml").expanduser().read_text(encoding="utf-8"))
        keys.append(str(settings.get("PMG_MAPI_KEY", "")))
    except (OSError, yaml.YAMLError, AttributeError, ValueError):
        pass
    secrets = [key.encode() for key in keys if len(key) >= 8]
    for file in files:
        content = file.read()
        if any(secret in content for secret in secrets):
            raise ConfigError(f"{file.name} holds your Materials Project key; nothing was packed. Remove it from there")


def _metadata(results: Path, campaign: dict[str, Any], files: list[Packed]) -> dict[str, Any]:
    """RO-Crate 1.1: the files, the program and the run that made one from the other."""
    name = campaign["campaign"]
    times = _times(results)
    main = f"results/{name}/ranking.csv"
    entities: list[dict[str, Any]] = [
        {
            "@id": METADATA,
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": f"Screening campaign {name}",
            "description": "Disordered solid electrolytes screened for ionic conductivity: "
            "configuration, structures, records with provenance, tables and report.",
            "datePublished": times[1],
            "license": "to be stated by who publishes it",
            "hasPart": [{"@id": file.name} for file in files],
            "mentions": {"@id": "#run"},
        },
        {
            "@id": "#screening",
            "@type": "SoftwareApplication",
            "name": "screening",
            "version": __version__,
            "softwareRequirements": {"@id": "environment.txt"},
        },
        {
            "@id": "#run",
            "@type": "CreateAction",
            "name": f"Run of the campaign {name}",
            "instrument": {"@id": "#screening"},
            "object": [{"@id": CONFIG}, *({"@id": f.name} for f in files if f.name.startswith("structures/"))],
            "result": [{"@id": f"results/{name}/{t}.csv"} for t in TABLES if (results / f"{t}.csv").is_file()],
            "startTime": times[0],
            "endTime": times[1],
        },
    ]
    for file in files:
        entity = {
            "@id": file.name,
            "@type": "File",
            "name": Path(file.name).name,
            "encodingFormat": TYPES.get(Path(file.name).suffix, "application/octet-stream"),
            "contentSize": str(len(file.read())),
            "sha256": _sha256(file),
        }
        if file.name == main:
            entity["description"] = "One row per candidate: conductivity with its interval, verdict, reason"
        entities.append(entity)
    return {"@context": CONTEXT, "@graph": entities}


def _times(results: Path) -> tuple[str, str]:
    """When the first stage began and the last one ended, from the records that can be read."""
    starts: list[str] = []
    ends: list[str] = []
    for path in results.rglob("*.json"):
        if path.name.startswith("."):
            continue
        try:
            origin = read_json(path).get("provenance")
        except StageError:
            # Packed as it is only where the user insists (--force).
            continue
        if isinstance(origin, dict) and "started_utc" in origin:
            starts.append(str(origin["started_utc"]))
            ends.append(str(origin.get("ended_utc", origin["started_utc"])))
    if not starts:
        raise StageError(f"{results}: no record says when it was made; run the campaign again")
    return min(starts), max(ends)


def _sha256(file: Packed) -> str:
    return hashlib.sha256(file.content).hexdigest() if isinstance(file.content, bytes) else sha256_of(file.content)


def _write(path: Path, files: list[Packed]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.name, ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read())
