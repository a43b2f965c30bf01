"""From what a user types to a campaign's folder or a candidate's id."""

from collections.abc import Iterable
from pathlib import Path

from screening.errors import StageError

RESULTS = Path("results")


def campaign_folder(name: str | Path) -> Path:
    """The results folder that a campaign's name, folder or file stands for.

    Args:
        name: NAME (then results/NAME in the current folder), a folder, or a campaign file.

    Raises:
        ConfigError: the file is no campaign.
        StageError: there is no such folder; names those that are there.
    """
    path = Path(name)
    if path.suffix in (".yaml", ".yml") and path.is_file():
        from screening.config.load import load_campaign

        path = RESULTS / load_campaign(path).campaign
    for folder in (path, RESULTS / path):
        if is_campaign(folder):
            return folder
    known = campaigns()
    hint = (
        f"campaigns here are {', '.join(p.name for p in known)}"
        if known
        else "nothing has been run here; `screening run CONFIG` runs a campaign"
    )
    raise StageError(f"{name}: no results of such a campaign; {hint}")


def campaigns() -> list[Path]:
    """Folders of all campaigns under results/, by name."""
    return sorted(path for path in RESULTS.glob("*") if is_campaign(path))


def is_campaign(folder: Path) -> bool:
    """Whether a folder holds (the beginning of) a campaign."""
    return any((folder / name).exists() for name in ("config.resolved.yaml", "parents.json", "logs"))


def match_id(wanted: str, ids: Iterable[str], where: str) -> str:
    """The id that `wanted` is the beginning of; the beginning of the part after the last `-` will do too.

    Raises:
        StageError: none or several match; names them.
    """
    known = sorted(ids)
    if wanted in known:
        return wanted
    found = [id for id in known if wanted and (id.startswith(wanted) or id.rsplit("-", 1)[-1].startswith(wanted))]
    if len(found) == 1:
        return found[0]
    if found:
        raise StageError(
            f"{wanted}: {len(found)} candidates of {where} start with it: {_some(found)}; type more of the id"
        )
    raise StageError(f"{wanted}: no such candidate in {where}; there are {_some(known) or 'none yet'}")


def _some(ids: list[str]) -> str:
    return ", ".join(ids[:8]) + (f" and {len(ids) - 8} more" if len(ids) > 8 else "")
