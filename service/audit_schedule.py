"""Checkpoints of the audit trail, exported on a schedule to where the operator keeps them."""

import logging
import urllib.request
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from service import audit_checkpoints
from service.audit import AuditKeys
from service.audit_checkpoints import Checkpoint, SigningKey
from service.db.session import Database

POST_TIMEOUT_S: Final = 30.0

log = logging.getLogger(__name__)


class CheckpointExport:
    """target : a file, to which a line is added; or an http(s) address, to which the line is posted as JSON."""

    def __init__(
        self,
        db: Database,
        keys: AuditKeys,
        signing: SigningKey,
        target: str,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._keys = keys
        self._signing = signing
        self._target = target
        self._clock = clock
        self._posted: Checkpoint | None = None

    def run(self) -> Checkpoint:
        """Take a checkpoint and export it; the trail must still hold the one before.

        Raises
        ------
        TrailBroken : nothing is exported.
        CheckpointRefused : the file's last line is none of ours.
        OSError : as of the system or the network.
        """
        parts = self._db, self._keys, self._signing
        if is_address(self._target):
            checkpoint = audit_checkpoints.take(*parts, self._clock(), after=self._posted)
            _post(self._target, checkpoint)
            self._posted = checkpoint
        else:
            checkpoint = audit_checkpoints.export(*parts, Path(self._target), self._clock())
        log.info("the audit trail's checkpoint at entry %d was exported", checkpoint.sequence)
        return checkpoint


def is_address(target: str) -> bool:
    return urlsplit(target).scheme in {"http", "https"}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Where the operator said, and nowhere else."""

    def redirect_request(self, *_: object) -> None:
        return None


_opener: Final = urllib.request.build_opener(_NoRedirect)


def _post(address: str, checkpoint: Checkpoint) -> None:
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked: is_address
        address, checkpoint.to_line(), {"Content-Type": "application/json"}, method="POST"
    )
    with _opener.open(request, timeout=POST_TIMEOUT_S):
        pass
