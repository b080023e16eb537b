"""Every module of tables: whoever needs the whole schema imports this one."""

from service.db import (
    connectivity_tables,
    job_tables,
    kiosk_tables,
    machine_tables,
    offline_tables,
    print_tables,
    request_tables,
    schedule_tables,
    site_tables,
    tables,
)
from service.db.base import Base

__all__ = [
    "Base",
    "connectivity_tables",
    "job_tables",
    "kiosk_tables",
    "machine_tables",
    "offline_tables",
    "print_tables",
    "request_tables",
    "schedule_tables",
    "site_tables",
    "tables",
]
