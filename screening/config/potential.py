"""The machine-learned potential of the campaign."""

import difflib
import os
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from screening.config.base import Section

# Kinds of potentials whose name may hold a file (matgl: a folder) of weights.
FILE_KINDS = ("mace", "matgl", "nequix", "sevenn")
# Similarity of two names, as difflib has it, from which one is taken for the other misspelt.
SLIP_OF_THE_PEN = 0.9


def weights_file(name: str, base: Path) -> str | None:
    """The path of the weights that a potential's name holds, where it is counted from the config file's folder.

    Args:
        name: As in the config.
        base: Folder of the config file.

    Returns:
        `base` and the file or folder joined; None for models that are known by name, for paths from the root or the
        home folder, and for what holds no file. What begins with a dot, has two slashes or is there is a path; so is,
        of matgl, what differs from a folder with a model by a slip of the pen, since a hub has no such name.
    """
    kind, file, _ = _split(name)
    if kind not in FILE_KINDS or not file or file.startswith(("/", "~")):
        return None
    path = os.path.join(base, file)  # noqa: PTH118 - a Path would drop the ./ that tells a path from a model's name
    there = Path(path).is_dir() if kind == "matgl" else Path(path).is_file() and ("/" in file or "." in file)
    if there or file.startswith(".") or file.count("/") > 1:
        return path
    if kind == "matgl" and ((Path(file).parent != Path() and Path(path).parent.is_dir()) or near_models(file, base)):
        # With a dot it is a path for whoever reads it next.
        return path if path.startswith(("/", ".", "~")) else f"./{path}"
    return None


def near_models(file: str, base: Path) -> list[str]:
    """Folders with a matgl model, here or one folder below, whose names differ from `file` by a letter or two."""
    there = [
        path.parent.relative_to(base).as_posix()
        for pattern in ("*", "*/*")
        for path in base.glob(f"{pattern}/model.json")
    ]
    return difflib.get_close_matches(file, there, n=2, cutoff=SLIP_OF_THE_PEN)


def weights_path(name: str, base: Path) -> Path | None:
    """The weights that a potential's name holds, wherever they lie; None for models that are known by name.

    Args:
        name: As in the config.
        base: Folder of the config file.
    """
    kind, file, _ = _split(name)
    if kind in FILE_KINDS and file.startswith(("/", "~")):
        return Path(file).expanduser()
    found = weights_file(name, base)
    return None if found is None else Path(found)


def with_weights_file(name: str, file: str) -> str:
    """A potential's name with another path of its weights."""
    kind, _, head = _split(name)
    return f"{kind}:{file}{head}"


def located(name: str, base: Path) -> str:
    """A potential's name with its weights' path, if it holds one, counted from the current folder."""
    file = weights_file(name, base)
    return name if file is None else with_weights_file(name, file)


def _split(name: str) -> tuple[str, str, str]:
    """Kind, file or model, and the head with its @ where the kind has heads."""
    kind, _, file = name.partition(":")
    if kind != "sevenn" or "@" not in file:
        return kind, file, ""
    file, _, head = file.partition("@")
    return kind, file, f"@{head}"


#: What may be added to a potential whose functional lacks it.
Dispersion = Literal["none", "d3bj", "d4"]


def shown(name: str, dispersion: str) -> str:
    """A potential's name with its dispersion, as records, tables and pages have it."""
    return name if dispersion == "none" else f"{name}+{dispersion}"


class TeacherConfig(Section):
    """One potential for everything that is compared."""

    name: str = Field(
        "sevenn:7net-l3i5",
        min_length=1,
        description=(
            "`sevenn:7net-l3i5` (nearest to ab initio diffusion), `sevenn` (SevenNet-0, half the time) or "
            "`chgnet`, all with their weights in a wheel, `matgl:FOLDER_OR_HUB_NAME`, `mace:NAME_OR_FILE`, "
            "`sevenn:FILE`, `lj` (tests only), or `module:factory` for any ASE calculator (runs that module's code). "
            "Files and folders are relative to the config file."
        ),
    )
    device: Literal["cpu", "cuda"] = Field("cpu", description="Where the potential runs.")
    precision: Literal["single", "double"] | None = Field(
        None,
        description=(
            "Floating-point precision: `single` or `double` where the package allows (matgl, mace); null: what the "
            "weights were made for."
        ),
    )
    dispersion: Dispersion = Field(
        "none",
        description=(
            "London dispersion, which PBE and its like lack, added to all energies, forces and stresses: `d3bj` "
            "(DFT-D3 with Becke-Johnson damping), `d4` (DFT-D4) or `none`; with the parameters of the potential's own "
            "functional, and refused where that has dispersion or is not known."
        ),
    )

    @property
    def shown(self) -> str:
        """Name with the dispersion, as records have it."""
        return shown(self.name, self.dispersion)

    def beside(self, base: Path) -> "TeacherConfig":
        """The potential alone, the path of its weights, if its name holds one, counted from the config's folder."""
        return TeacherConfig(
            name=located(self.name, base), device=self.device, precision=self.precision, dispersion=self.dispersion
        )


class SecondPotentialConfig(TeacherConfig):
    """A second potential, which judges the first on frames of the molecular dynamics."""

    name: str = Field(min_length=1, description="As `potential.name`; best of other make and other training data.")
    frames: int = Field(
        20,
        ge=2,
        le=10_000,
        description="Frames of each candidate on which both are evaluated, spread over all of its runs.",
    )
    max_force_disagreement_meV_A: float = Field(
        150.0,
        gt=0,
        le=10_000,
        description=(
            "Mean absolute difference of force components, meV/Angstrom, above which the ranking's reason says that "
            "the potentials disagree; the verdict does not change."
        ),
    )


class ReferenceConfig(TeacherConfig):
    """First principles, which judge potential and student on frames of the molecular dynamics."""

    name: str = Field(
        "cp2k", min_length=1, description="`cp2k`, or `module:factory` for the ASE calculator of any other code."
    )
    frames: int = Field(
        4,
        ge=2,
        le=1000,
        description="Frames of each candidate that it labels, spread over all of its runs; minutes each.",
    )
    hops: int = Field(
        1,
        ge=0,
        le=100,
        description="Hops of a mobile ion in each candidate along which it labels four images; 0: none.",
    )
    convergence: bool = Field(
        True,
        description="Label one frame of the campaign with a finer grid, more k points and a larger basis, each by "
        "itself, so that what the labels themselves err is known. `false` saves a few labels' time.",
    )
    correct: bool = Field(
        False,
        description="Add the difference of first principles and potential to each family's student, where frames that "
        "were held out say that it helps.",
    )
    labels: int = Field(
        20, ge=8, le=1000, description="Frames of each student's own runs that are labelled for its correction."
    )


class PotentialConfig(TeacherConfig):
    """The potential, whether a fast student of it runs the molecular dynamics, and whether a second one judges it."""

    student: Literal["auto", "required", "none"] = Field(
        "auto",
        description=(
            "`auto`: a student is distilled for each family of candidates (same elements) before MD and used if it is "
            "accepted; otherwise the potential itself runs, some fifty times slower. `required`: if it is refused, "
            "nothing runs. `none`: the potential itself runs the MD."
        ),
    )

    check: bool = Field(
        True,
        description=(
            "Check the potential on reference crystals and as an energy function before anything is relaxed with it, "
            "and refuse it if it fails."
        ),
    )

    second: SecondPotentialConfig | None = Field(
        None,
        description=(
            "A second potential that is evaluated on frames of each candidate's molecular dynamics; how far its forces "
            "differ goes into the ranking as a measure of trust. It is checked like the first. Default: none."
        ),
    )

    reference: ReferenceConfig | None = Field(
        None,
        description=(
            "First principles on frames of each candidate's molecular dynamics: how soft and how wrong potential and "
            "student are there goes into the ranking. Default: none."
        ),
    )

    @property
    def reference_lacks_dispersion(self) -> bool:
        """Whether first principles are of the functional alone and the potential is not."""
        reference = self.reference
        return reference is not None and reference.name == "cp2k" and self.dispersion != "none" == reference.dispersion

    @model_validator(mode="after")
    def _another(self) -> "PotentialConfig":
        if self.second is not None and self.second.name == self.name:
            raise ValueError(
                f"second.name is the campaign's own potential ({self.name}), which always agrees with itself; "
                "name another one"
            )
        if self.reference is not None and self.reference.name == self.name:
            raise ValueError(f"reference.name is the campaign's own potential ({self.name}), which it is to judge")
        if self.reference is not None and self.reference.correct and self.student == "none":
            raise ValueError("reference.correct corrects students, and student is none; set it to auto or required")
        if self.reference is not None and self.reference.correct and self.reference_lacks_dispersion:
            raise ValueError(
                f"reference.correct would take off again what dispersion: {self.dispersion} adds, as cp2k has none; "
                f"set reference.dispersion: {self.dispersion}"
            )
        return self
