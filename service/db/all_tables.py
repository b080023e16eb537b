"""Every module of tables: whoever needs the whole schema imports this one."""

from service.db import (
    job_tables,
    offline_tables,
    print_tables,
    site_tables,
    tables,
)
from service.db.base import Base

__all__ = [
    "Base",
    "job_tables",
    "offline_tables",
    "print_tables",
    "site_tables",
    "tables",
]
