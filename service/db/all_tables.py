"""Every module of tables: whoever needs the whole schema imports this one."""

from service.db import offline_tables, site_tables, tables
from service.db.base import Base

__all__ = ["Base", "offline_tables", "site_tables", "tables"]
