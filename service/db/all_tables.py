"""Every module of tables: whoever needs the whole schema imports this one."""

from service.db import schedule_tables, site_tables, tables
from service.db.base import Base

__all__ = ["Base", "schedule_tables", "site_tables", "tables"]
