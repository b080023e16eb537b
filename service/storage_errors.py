"""The errors of what keeps the data: workers, disk, keys, database, audit trail; some refuse the start."""

# ruff: noqa: N818 - the names say what happened
from collections.abc import Mapping, Sequence
from typing import ClassVar

from service.errors import HadirError, Json
from service.i18n import N_

# --- what the service can't do now


class Overloaded(HadirError):
    status = 503
    code = "overloaded"
    title = N_("Busy")
    detail = N_("Too many people are sending at this moment. Please try again shortly.")


class PoolFull(HadirError):
    status = 503
    code = "pool_full"
    title = N_("Busy")
    detail = N_("Too many photos are waiting. Please try again shortly.")


class EngineFailed(HadirError):
    """A photo could not be read for a cause of ours: `reason` is one of REASONS."""

    status = 503
    code = "engine_failed"
    title = N_("Busy")
    detail = N_("The photo could not be examined now. Please try again.")
    REASONS = frozenset({"crashed", "deadline", "start_failed", "closed", "error"})

    def __init__(self, reason: str) -> None:
        if reason not in self.REASONS:
            raise ValueError(f"unknown reason {reason}")
        super().__init__(reason=reason)

    @property
    def reason(self) -> str:
        return str(self.extras["reason"])


class StorageFull(HadirError):
    status = 503
    code = "storage_full"
    title = N_("Storage full")
    detail = N_("The service has no room left to store this. Please tell the administrator.")


class StorageUnavailable(HadirError):
    """The database or the disk does not do its work now: locked, gone, or failing."""

    status = 503
    code = "storage_unavailable"
    title = N_("Busy")
    detail = N_("The service can't reach its storage now. Please try again shortly.")


class EvidenceMissing(HadirError):
    status = 404
    code = "evidence_missing"
    title = N_("Not found")
    detail = N_("The stored image is not there.")


class EvidenceExists(HadirError):
    """The key holds other data. Evidence is never overwritten."""

    status = 409
    code = "evidence_exists"
    title = N_("Already there")
    detail = N_("Another image is stored in this place.")


class SealBroken(HadirError):
    """Sealed data was changed, moved, cut, or sealed with a key that is not in the ring."""

    status = 500
    code = "seal_broken"
    title = N_("Stored data damaged")
    detail = N_("Stored data was changed or can't be opened. Please tell the administrator.")


# --- the service must not start like this


class StartRefused(HadirError):
    """For the person who starts the service, so `str()` says it all."""

    status = 503
    code = "start_refused"
    title = N_("The service does not start")

    def __str__(self) -> str:
        return self.explain()


class SettingsRefused(StartRefused):
    code = "settings_refused"
    detail = N_("Settings: %(summary)s")

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(problems=list(problems), summary="; ".join(problems))


class OtherEncoders(StartRefused):
    code = "other_encoders"
    detail = N_(
        "The templates in the database were made with the encoders %(stored)s, "
        "the settings say %(configured)s. "
        "Set HADIR_ENCODERS back, or make new templates from the stored photos: hadir reembed"
    )

    def __init__(self, *, stored: str, configured: str) -> None:
        super().__init__(stored=stored, configured=configured)


class KeysRefused(StartRefused):
    """`reason` is one of DETAILS."""

    code = "keys_refused"
    DETAILS: ClassVar[Mapping[str, str]] = {
        "readable": N_("%(file)s can be read by other users. Run: chmod 600 %(file)s"),
        "damaged": N_(
            "%(file)s is not a key ring. Put the right file back: without it nothing can be opened."
        ),
        "lost": N_(
            "%(file)s is missing, but there are templates or photos sealed by its keys. "
            "Put the file back from a backup: without it nothing can be opened."
        ),
        "trail": N_(
            "%(file)s is missing, but there is an audit trail that was written with it. "
            "Put the file back from a backup: without it the trail can't be verified."
        ),
        "other": N_(
            "None of the stored templates is sealed by a key of %(file)s. "
            "Put the right keys back: without them nothing can be opened."
        ),
    }

    def __init__(self, reason: str, *, file: str) -> None:
        super().__init__(reason=reason, file=file)
        self.detail = self.DETAILS[reason]


class RotationRefused(HadirError):
    """`reason` is one of DETAILS."""

    status = 409
    code = "rotation_refused"
    title = N_("Keys not changed")
    DETAILS: ClassVar[Mapping[str, str]] = {
        "running": N_("Another rotation of the keys is running."),
        "environment": N_(
            "The keys come from HADIR_KEYS: add a new current key there, start every process again, "
            "then run this command without --new-key."
        ),
    }

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)
        self.detail = self.DETAILS[reason]


class DatabaseTooNew(StartRefused):
    code = "database_too_new"
    detail = N_(
        "The database was made by a newer version of Hadir. Install that version, or restore a backup."
    )


# --- the audit trail


class CheckpointRefused(HadirError):
    """`reason` is one of DETAILS."""

    status = 422
    code = "checkpoint_refused"
    title = N_("Checkpoint refused")
    DETAILS: ClassVar[Mapping[str, str]] = {
        "damaged": N_("%(file)s, line %(line)d: this is no checkpoint."),
        "other_key": N_("%(file)s, line %(line)d: this checkpoint was signed with another key, %(key_id)s."),
        "bad_signature": N_("%(file)s, line %(line)d: this checkpoint was changed after it was signed."),
        "empty": N_("%(file)s has no checkpoint."),
    }

    def __init__(self, reason: str, **extras: Json) -> None:
        super().__init__(reason=reason, **extras)
        self.detail = self.DETAILS[reason]


class TrailBroken(HadirError):
    """The trail does not end as the service left it, or no longer holds what an earlier checkpoint says."""

    status = 409
    code = "trail_broken"
    title = N_("Audit trail changed")
    detail = N_("The audit trail was changed, so no checkpoint is made. Run: hadir audit verify")
