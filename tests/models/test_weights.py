import shutil
from pathlib import Path

import pytest

from models import weights
from models.weights import WeightFile, WeightsError


@pytest.mark.parametrize("file", weights.ALL, ids=lambda file: Path(file.path).name)
def test_every_weight_file_comes_with_its_package(file: WeightFile) -> None:
    assert file.locate().is_file()


def test_a_folder_of_weights_takes_the_place_of_the_packages(tmp_path: Path) -> None:
    shutil.copy(weights.YUNET.locate(), tmp_path)
    assert weights.YUNET.locate(tmp_path).parent == tmp_path


def test_a_changed_weight_file_is_refused(tmp_path: Path) -> None:
    copied = Path(shutil.copy(weights.YUNET.locate(), tmp_path))
    data = bytearray(copied.read_bytes())
    data[1000] ^= 1
    copied.write_bytes(data)
    with pytest.raises(WeightsError, match="SHA-256"):
        weights.YUNET.locate(tmp_path)


def test_a_missing_weight_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="face_detection_yunet"):
        weights.YUNET.locate(tmp_path)


def test_a_missing_package_is_named() -> None:
    with pytest.raises(WeightsError, match="no_such_package"):
        WeightFile("no_such_package", "file.dat", "0" * 64).locate()
