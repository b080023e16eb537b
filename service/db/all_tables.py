"""Every module of tables: whoever needs the whole schema imports this one."""

from service.db import kiosk_tables, site_tables, tables
from service.db.base import Base

__all__ = ["Base", "kiosk_tables", "site_tables", "tables"]
