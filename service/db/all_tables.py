"""Every module of tables: whoever needs the whole schema imports this one."""

from service.db import request_tables, site_tables, tables
from service.db.base import Base

__all__ = ["Base", "request_tables", "site_tables", "tables"]
