"""Error rates of one method on one set of photos: verification, and searches of galleries of several sizes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.face_pairs import Method, Photos, all_templates, compare_all, enrolled_photos, half_of
from benchmarks.face_searches import SearchableFaces, Searches
from models import bootstrap, calibration
from models.bootstrap import Genuine, Impostors, Interval
from models.calibration import SHIPPED_FMR, OperatingPoint, Proportion

FMRS = (1e-2, 1e-3, 1e-4, 1e-5)
GALLERY_SIZES = (100, 1000, None)  # None: everyone
WANTED_FPIR = 1e-2
REPLICATES = 1000
SPLITS = 20
# Below these the curve would show a handful of pairs, among them one person under two names.
CURVE_FMRS = np.geomspace(1e-2, 1e-5, 61)


@dataclass(frozen=True, slots=True)
class SplitHalf:
    """The FMR on one half of the people of the threshold for `SHIPPED_FMR` on the other half: mean, and the
    5th and 95th percentiles over random halves."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Verification:
    """`tar` and `points` are parallel to `FMRS`, `curve_fnmr` to `CURVE_FMRS` (NaN: too few comparisons).

    At `threshold`, the one in use (shipped, or customary): `fmr`, `fnmr`; None for a method without one.
    A method that measures distances has them negated here, its thresholds too.
    """

    genuine: int
    failures: int
    impostors: int
    tar: tuple[Proportion, ...]
    tar_interval: tuple[Interval, ...]
    points: tuple[OperatingPoint, ...]
    threshold: float | None
    fmr: Proportion | None
    fnmr: Proportion | None
    split_half: SplitHalf
    curve_fnmr: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Identification:
    """Searches of galleries of one size: at the threshold in use, and at the one for `WANTED_FPIR`.

    People with fewer photos than the method asks for are enrolled with those they have.
    fpir_expected : what `calibration.fpir_of_fmr` makes of the FMR of templates of the full number.
    """

    gallery_size: int
    fpir: Proportion | None
    fpir_expected: float | None
    fnir: Proportion | None
    threshold_for_wanted_fpir: float
    fnir_at_wanted_fpir: Proportion


@dataclass(frozen=True, slots=True)
class Result:
    method: str
    enrolment_photos: int
    verification: Verification
    identification: tuple[Identification, ...]


def measure(method: Method, photos: Photos, enrolment_photos: int, threshold: float | None) -> Result:
    """threshold : the similarity in use with this method, if any."""
    verification = verify(method, photos, enrolment_photos, threshold)
    identification = identify(method, photos, enrolment_photos, threshold, verification.fmr)
    return Result(method.name, enrolment_photos, verification, identification)


def verify(method: Method, photos: Photos, enrolment_photos: int, threshold: float | None) -> Verification:
    genuine, impostors = compare_all(method, photos, all_templates(photos, enrolment_photos))
    kept, total, failures = impostors.similarity, impostors.comparisons, int(genuine.failures_of.sum())
    supported = [rate for rate in FMRS if rate * total >= 1]
    return Verification(
        genuine=len(genuine.similarity),
        failures=failures,
        impostors=total,
        tar=tuple(
            calibration.tar_at_fmr(genuine.similarity, kept, rate, comparisons=total, failures=failures)
            for rate in supported
        ),
        tar_interval=tuple(bootstrap.tar_at_fmr(genuine, impostors, supported, replicates=REPLICATES)),
        points=tuple(calibration.threshold_at_fmr(kept, rate, comparisons=total) for rate in supported),
        threshold=threshold,
        fmr=None if threshold is None else calibration.fmr(kept, threshold, comparisons=total),
        fnmr=None
        if threshold is None
        else calibration.fnmr(genuine.similarity, threshold, failures=failures),
        split_half=split_half(impostors),
        curve_fnmr=tuple(curve(genuine, impostors)),
    )


def split_half(impostors: Impostors) -> SplitHalf:
    """Within each half every template has met every probe of every other person, so the number of comparisons
    follows from the numbers of templates and probes, up to the factor that it has over all people."""
    people = len(impostors.probes_of)
    everyone = _comparisons(impostors, np.ones(people, bool))
    rates = []
    for seed in range(SPLITS):
        half = half_of(people, seed)
        for learn, apply in ((0, 1), (1, 0)):
            kept, total = [], []
            for side in (learn, apply):
                inside = (half[impostors.template_person] == side) & (half[impostors.probe_person] == side)
                kept.append(impostors.similarity[inside])
                total.append(round(impostors.comparisons * _comparisons(impostors, half == side) / everyone))
            point = calibration.threshold_at_fmr(kept[0], SHIPPED_FMR, comparisons=total[0])
            rates.append(calibration.fmr(kept[1], point.threshold, comparisons=total[1]).value)
    return SplitHalf(float(np.mean(rates)), *(float(q) for q in np.quantile(rates, [0.05, 0.95])))


def _comparisons(impostors: Impostors, chosen: NDArray[np.bool_]) -> float:
    templates, probes = impostors.templates_of[chosen], impostors.probes_of[chosen]
    return float(templates.sum() * probes.sum() - (templates * probes).sum())


def curve(genuine: Genuine, impostors: Impostors) -> list[float]:
    """FNMR at each of `CURVE_FMRS`."""
    rates = []
    for rate in CURVE_FMRS:
        if rate * impostors.comparisons < 1:
            rates.append(np.nan)
            continue
        tar = calibration.tar_at_fmr(
            genuine.similarity,
            impostors.similarity,
            rate,
            comparisons=impostors.comparisons,
            failures=int(genuine.failures_of.sum()),
        )
        rates.append(1 - tar.value)
    return rates


def identify(
    method: Method, photos: Photos, enrolment_photos: int, threshold: float | None, fmr: Proportion | None
) -> tuple[Identification, ...]:
    faces = SearchableFaces(method, photos, enrolled_photos(photos, enrolment_photos))
    sizes = [size or faces.largest for size in GALLERY_SIZES if size is None or size < faces.largest]
    found = []
    for size in sizes:
        searches = faces.search(size)
        for_wanted = calibration.threshold_at_fmr(searches.best_of_nonmated, WANTED_FPIR).threshold
        found.append(
            Identification(
                gallery_size=size,
                fpir=None if threshold is None else calibration.fpir(searches.best_of_nonmated, threshold),
                fpir_expected=None if fmr is None else calibration.fpir_of_fmr(fmr.value, size),
                fnir=None if threshold is None else _missed(searches, threshold),
                threshold_for_wanted_fpir=for_wanted,
                fnir_at_wanted_fpir=_missed(searches, for_wanted),
            )
        )
    return tuple(found)


def _missed(searches: Searches, threshold: float) -> Proportion:
    return calibration.fnir(searches.mated, searches.best_other, threshold, failures=searches.failures)
