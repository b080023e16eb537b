"""Every module of tables: whoever needs the whole schema imports this one."""

from service.db import (
    closing_tables,
    connectivity_tables,
    export_tables,
    job_tables,
    kiosk_tables,
    machine_tables,
    move_tables,
    offline_tables,
    print_tables,
    recap_tables,
    request_tables,
    schedule_tables,
    site_tables,
    tables,
    transparency_tables,
    webhook_tables,
)
from service.db.base import Base

__all__ = [
    "Base",
    "closing_tables",
    "connectivity_tables",
    "export_tables",
    "job_tables",
    "kiosk_tables",
    "machine_tables",
    "move_tables",
    "offline_tables",
    "print_tables",
    "recap_tables",
    "request_tables",
    "schedule_tables",
    "site_tables",
    "tables",
    "transparency_tables",
    "webhook_tables",
]
