"""The web application: wiring only."""

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import anyio.to_thread
from fastapi import FastAPI
from starlette.formparsers import MultiPartParser
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from models.image import MAX_BYTES
from service import export_files, moves, pulse, retention, transparency, wiring, working_time
from service.audit_schedule import CheckpointExport
from service.audit_settings import note_settings
from service.clock import utc_now
from service.i18n import LANGUAGES, translations
from service.logs import RequestLog
from service.repeated_work import RepeatedWork
from service.settings import Settings, load_settings
from service.web import (
    api_absences,
    api_account,
    api_attendance,
    api_audit,
    api_challenges,
    api_checkins,
    api_closing,
    api_connectivity,
    api_corrections,
    api_description,
    api_details,
    api_duties,
    api_employees,
    api_enrolments,
    api_exports,
    api_holidays,
    api_kiosk,
    api_kiosk_items,
    api_kiosks,
    api_machines,
    api_moves,
    api_on_behalf,
    api_periods,
    api_privacy,
    api_punch_imports,
    api_recap,
    api_reviews,
    api_roster,
    api_schedules,
    api_sealed_checkins,
    api_second_factor,
    api_sites,
    api_staff_today,
    api_today,
    api_tokens,
    api_transparency,
    api_units,
    api_webhooks,
    health,
    installable,
    pages,
    pages_closing,
    pages_employee,
    pages_exports,
    pages_kiosk,
    pages_machines,
    pages_recap,
    pages_requests,
    pages_roster,
    pages_settings,
    pages_sites,
    pages_today,
    pages_transparency,
    pages_verify,
    pages_webhooks,
    pages_working_time,
    problems,
    static_files,
)
from service.web.arrival import ArrivalTime
from service.web.body_limit import BodyLimit
from service.web.crowding import Crowding
from service.web.lookup_limit import LookupLimit
from service.web.security_headers import CrossSiteProtection, SecurityHeaders
from service.web.uploads import FIELD_BYTES, MOST_FIELDS, MOST_FILES

# Threads beyond those that wait for a decision: pages and small requests must not queue behind selfies.
SPARE_THREADS = 32
GZIP_FROM_BYTES = 500
CHECKPOINT_AFTER_S = 60.0


class _Application(FastAPI):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._describing = threading.Lock()

    def openapi(self) -> dict[str, Any]:
        """Made when it is first asked for: it takes longer than all else that a start needs."""
        with self._describing:
            if self.openapi_schema is None:
                described = super().openapi()
                api_description.complete(described)
                self.openapi_schema = described
            return self.openapi_schema

    def build_middleware_stack(self) -> ASGIApp:
        """Around all of it, also what answers an error that nobody has foreseen."""
        return SecurityHeaders(super().build_middleware_stack(), https=self.state.settings.secure_cookies)


def create_app(
    settings: Settings | None = None,
    clock: Callable[[], datetime] = utc_now,
    services: wiring.Services | None = None,
) -> FastAPI:
    """The application of one process. Its workers end with it, and start with it unless they have.

    services : what it consists of, where that is built already; closed with it all the same.
    """
    settings = settings or load_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        running = services or wiring.build(settings, clock)
        beside = _work_beside(running)
        try:
            running.gallery.check_encoders()
            running.pool.start()
            # While the workers load: whoever came first would wait for it, and in a crowd all of them at once.
            for language in LANGUAGES:
                translations(language)
            running.checkins.start()
            running.jobs.start()
            running.deliveries.start()
            running.pulse.feel()
            note_settings(running.db, settings, clock())
            for work in beside:
                work.start()
            app.state.services = running
            limiter = anyio.to_thread.current_default_thread_limiter()
            limiter.total_tokens = settings.queue_limit + SPARE_THREADS
            yield
        finally:
            for work in beside:
                await anyio.to_thread.run_sync(work.close)
            await anyio.to_thread.run_sync(running.close)

    # A selfie must not lie open in the folder for temporary files, however large it is.
    MultiPartParser.spool_max_size = MAX_BYTES + 1

    app = _Application(
        title="Hadir",
        summary="Face-recognition selfie attendance",
        description="Errors are problem details (RFC 9457) with a `code` for programs.",
        version="0.1.0",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        form_limits={"max_files": MOST_FILES, "max_fields": MOST_FIELDS, "max_part_size": FIELD_BYTES},
    )
    app.state.settings = settings
    app.state.lookups = LookupLimit()
    problems.install(app)
    for module in (
        health,
        api_account,
        api_second_factor,
        api_tokens,
        api_units,
        api_sites,
        api_connectivity,
        api_employees,
        api_details,
        api_enrolments,
        api_duties,
        api_moves,
        api_on_behalf,
        api_privacy,
        api_challenges,
        api_checkins,
        api_sealed_checkins,
        api_today,
        api_kiosks,
        api_kiosk,
        api_kiosk_items,
        api_reviews,
        api_roster,
        api_audit,
        api_attendance,
        api_staff_today,
        api_schedules,
        api_holidays,
        api_absences,
        api_corrections,
        api_periods,
        api_closing,
        api_recap,
        api_machines,
        api_punch_imports,
        api_transparency,
        api_exports,
        api_webhooks,
        pages,
        pages_employee,
        pages_closing,
        pages_exports,
        pages_kiosk,
        pages_recap,
        pages_machines,
        pages_requests,
        pages_roster,
        pages_settings,
        pages_sites,
        pages_today,
        pages_verify,
        pages_transparency,
        pages_webhooks,
        pages_working_time,
        installable,
        static_files,
    ):
        app.include_router(module.router)

    # The last one added is the first to see a request.
    app.add_middleware(GZipMiddleware, minimum_size=GZIP_FROM_BYTES)
    app.add_middleware(
        Crowding, waiting=lambda: app.state.services.checkins.waited_for, language=settings.language
    )
    app.add_middleware(BodyLimit, language=settings.language)
    app.add_middleware(CrossSiteProtection, public_url=settings.public_url, language=settings.language)
    app.add_middleware(RequestLog)
    app.add_middleware(ArrivalTime, clock=clock)
    return app


def _work_beside(services: wiring.Services) -> list[RepeatedWork]:
    """What goes on while requests are answered."""
    work = [
        RepeatedWork("the pulse", services.pulse.feel, first_after_s=pulse.EVERY_S, every_s=pulse.EVERY_S),
        RepeatedWork(
            "retention",
            services.retention.run,
            first_after_s=retention.FIRST_AFTER_S,
            every_s=retention.EVERY_S,
        ),
        RepeatedWork(
            "forgetting old work",
            services.jobs.forget_old,
            first_after_s=retention.FIRST_AFTER_S,
            every_s=retention.EVERY_S,
        ),
        RepeatedWork(
            "forgetting old exports",
            services.export_files.forget_old,
            first_after_s=export_files.FORGET_AFTER_S,
            every_s=export_files.FORGET_EVERY_S,
        ),
        RepeatedWork(
            "the record of days",
            services.working_time.record,
            first_after_s=working_time.RECORD_AFTER_S,
            every_s=working_time.RECORD_EVERY_S,
        ),
        RepeatedWork(
            "planned moves",
            lambda: moves.follow(services.db, services.settings.zone, services.clock()),
            first_after_s=moves.FOLLOW_AFTER_S,
            every_s=moves.FOLLOW_EVERY_S,
        ),
    ]
    if services.settings.transparency == "on":
        work.append(
            RepeatedWork(
                "the publication of figures",
                services.transparency.publish_due,
                first_after_s=transparency.PUBLISH_AFTER_S,
                every_s=transparency.PUBLISH_EVERY_S,
            )
        )
    target, every_h = services.settings.checkpoint_to, services.settings.checkpoint_every_h
    if target is not None:
        export = CheckpointExport(services.db, services.audit, services.signing, target, clock=services.clock)
        work.append(
            RepeatedWork(
                "the export of checkpoints",
                export.run,
                first_after_s=CHECKPOINT_AFTER_S,
                every_s=every_h * 3600,
            )
        )
    return work
