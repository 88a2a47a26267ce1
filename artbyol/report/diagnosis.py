"""Whether the installation and a collection's store are sound: what `doctor` asks of the rooms, and what it mends."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from artbyol.base import errors
from artbyol.base.errors import ArtbyolError, Interrupted, StoreFormatError
from artbyol.base.finding import Finding
from artbyol.base.run import Run
from artbyol.encoder import installation
from artbyol.encoder.current import TRAINING_STATE, left_by_training, untrained_id
from artbyol.evaluation.baseline_cache import CONTROLS
from artbyol.grouping.kept_file import follow, load
from artbyol.pictures.listing import Brief
from artbyol.pictures.scan import Scan
from artbyol.search import soundness as search
from artbyol.search.embedding import embed_folder
from artbyol.search.soundness import Sample
from artbyol.storage import soundness as storage
from artbyol.storage.ingest import listed
from artbyol.storage.store import Store, create, writing
from artbyol.storage.tensor_file import TensorFormat


@dataclass(frozen=True, repr=False)
class Diagnosis(Brief):
    """What was found of an installation and a store.

    Attributes:
        folder, root: the collection, and its store's directory, which need not be there.
        sound: whether nothing is wrong.
        findings: one for each check, in order.
        mended: what `fix` did, one sentence each.
    """

    folder: Path
    root: Path
    sound: bool
    findings: tuple[Finding, ...]
    mended: tuple[str, ...]


class _Check(NamedTuple):
    """How something is looked at, and how it is mended where it can be.

    Attributes:
        needs: checks that must not have failed.
        mend: says what it did.
        damaged: what `mend` does where the file cannot even be read; None: nothing.
    """

    name: str
    look: Callable[[], Finding]
    needs: tuple[str, ...] = ()
    mend: Callable[[], str] | None = None
    damaged: str | None = None


def examine(place: Store, run: Run, sample: Sample, fix: bool) -> Diagnosis:
    """Check the installation and a store; see `artbyol.doctor`.

    Args:
        fix: mend what can be made again. What cannot (kept groups, a trained model, pictures) is never touched.
    """
    there, files = place.root.is_dir(), cache(lambda: listed(place, run))
    checks = [*_of_the_installation(run), _Check("disk", lambda: storage.check_disk(place, files))]
    checks += _of_the_store(place, run, sample, files) if there else []
    findings: dict[str, Finding] = {}
    mended: list[str] = []
    with writing(place, "artbyol doctor --fix", run.listener) if fix and there else nullcontext():
        for check in checks:
            run.progress(f"checking {check.name}")
            missing = [name for name in check.needs if findings[name].state in ("wrong", "unchecked")]
            found = Finding(check.name, "unchecked", f"needs {missing[0]}") if missing else _looked(check)
            if fix and found.mends and check.mend:
                try:
                    mended.append(check.mend())
                    found = _looked(check)
                except Interrupted:
                    raise
                except (ArtbyolError, OSError) as error:
                    found = replace(found, remedy=f"It could not be mended. {error}", mends=None)
            findings[check.name] = found
    sound = all(one.state != "wrong" for one in findings.values())
    return Diagnosis(place.folder, place.root, sound, tuple(findings.values()), tuple(mended))


def _looked(check: _Check) -> Finding:
    """What a check found; one that fails has found something, too."""
    try:
        return check.look()
    except Interrupted:
        raise
    except (errors.StoreMissingError, errors.ModelMismatchError) as error:  # not damaged: still to be done
        return Finding(check.name, "unchecked", error.message, error.hint)
    except (errors.StoreBusyError, StoreFormatError) as error:  # what another artbyol made or has open is not damaged
        return Finding(check.name, "wrong", error.message, error.hint)
    except ArtbyolError as error:
        return Finding(check.name, "wrong", error.message, error.hint, check.damaged)
    except Exception as error:  # whatever a damaged file makes a library do, the other checks are made
        return Finding(check.name, "wrong", f"{type(error).__name__}: {error}", mends=check.damaged)


def _of_the_installation(run: Run) -> list[_Check]:
    return [
        _Check("torch", installation.check_torch),
        _Check("torchvision", installation.check_torchvision, ("torch",)),
        _Check("weights", installation.check_weights, ("torchvision",)),
        _Check("device", lambda: _check_device(run), ("torchvision",)),
        _Check("faiss", search.check_faiss),
        _Check("pictures", installation.check_pillow),
    ]


def _of_the_store(place: Store, run: Run, sample: Sample, files: Callable[[], Scan]) -> list[_Check]:
    """In such an order that what is mended comes before what is compared with it."""

    def embedded() -> str:
        done = embed_folder(place, run, follow)
        return f"{done.embedded:,} pictures were embedded, {done.measured:,} measured"

    def catalogue_mended() -> str:
        _check_model(place)  # raises where it is damaged: vectors that it made could not be made again
        return f"{storage.mend_catalogue(place)}; {embedded()}"

    def vectors_replaced() -> str:
        return f"{search.replace_vectors(place, run)}; {embedded()}"

    return [
        _Check("store", lambda: storage.check_marker(place), (), lambda: _mark(place), "store.json is written again"),
        _Check(
            *("catalogue", lambda: storage.check_catalogue(place), ("store",)),
            catalogue_mended,
            "made again from the pictures, as far as it cannot be read",
        ),
        _Check("model", lambda: _check_model(place), ("torchvision",)),
        _Check("rows", lambda: storage.check_rows(place), ("catalogue",), embedded),
        _Check("folder", lambda: storage.check_folder(place, files), ("catalogue",)),
        _Check(
            *("vectors", lambda: search.check_vectors(place, run, sample), ("device", "catalogue", "model")),
            vectors_replaced,
        ),
        _Check(
            *("index", lambda: search.check_indexes(place), ("faiss", "catalogue")),
            lambda: search.remake_indexes(place, run),
        ),
        _Check("caches", lambda: _check_caches(place), ("torch",), lambda: _remove_caches(place)),
        _Check("groups", lambda: _check_groups(place)),
        _Check("temporaries", lambda: storage.check_temporaries(place), (), lambda: storage.remove_temporaries(place)),
    ]


def _check_device(run: Run) -> Finding:
    from artbyol.encoder.device import check_device  # needs a torch that can be imported

    return check_device(run.device, run.precision)


def _mark(place: Store) -> str:
    place.marker.unlink(missing_ok=True)
    create(place)
    return "store.json was written again"


def _check_model(place: Store) -> Finding:
    """Raises ModelError: also where the weights are another model's than the header's."""
    from artbyol.encoder.model_file import load_model

    if not place.model.exists():
        return Finding("model", "sound", f"{untrained_id()}, the pretrained default")
    _, header = load_model(place.model)
    return Finding("model", "sound", f"{header['model_id']}, trained, {place.model.stat().st_size / 1e6:,.1f} MB")


def _check_groups(place: Store) -> Finding:
    """Raises StoreError. The groups are the curator's own work: nothing is mended."""
    kept = load(place)
    said = (
        f"{len(kept.groups):,} kept, of {sum(len(one.works) for one in kept.groups):,} works" if kept else "none kept"
    )
    return Finding("groups", "sound", said)


def _check_caches(place: Store) -> Finding:
    damaged, old = _damaged_caches(place), _old_caches(place)
    if damaged:
        names = ", ".join(str(path.relative_to(place.root)) for path in damaged[:3])
        said = f"{len(damaged):,} damaged: {names}{', …' if len(damaged) > 3 else ''}"
        return Finding("caches", "wrong", said, mends="removed; what needs them computes them anew")
    if old:
        return Finding("caches", "noted", f"features of {len(old)} earlier trainings", mends="removed")
    return Finding("caches", "sound", "features, controls and saved states are whole")


def _remove_caches(place: Store) -> str:
    from artbyol.encoder.feature_cache import drop

    damaged, old = _damaged_caches(place), _old_caches(place)
    for path in damaged:
        path.unlink()
    for folder in old:
        drop(folder)
    return f"{len(damaged) + len(old):,} were removed"


def _damaged_caches(place: Store) -> list[Path]:
    """Files that can be computed again, and cannot be read."""
    from artbyol.encoder.feature_cache import FEATURES, caches, shards

    kinds = [(FEATURES, path) for folder in caches(place.features) for path in shards(folder)]
    kinds += [(TRAINING_STATE, path) for path in left_by_training(place) if path.suffix == ".safetensors"]
    kinds += [(CONTROLS, place.controls)] if place.controls.exists() else []
    return [path for kind, path in kinds if not _whole(kind, path)]


def _old_caches(place: Store) -> list[Path]:
    """All features but the latest training's: only those are kept."""
    from artbyol.encoder.feature_cache import caches

    return caches(place.features)[:-1]


def _whole(kind: TensorFormat, path: Path) -> bool:
    try:
        kind.check(path)
    except StoreFormatError:  # another version's
        return True
    except ArtbyolError:
        return False
    return True
