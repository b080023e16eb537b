"""What stands for an account on a phone that several people sign in on: it says nothing of whose it is."""

from typing import Final

from service.db.tables import Account
from service.wiring import Services

MARK_DIGITS: Final = 16
PURPOSE: Final = "account on a phone"


def account_mark(services: Services, account: Account) -> str:
    """Always the same for an account of this installation; hex digits."""
    return services.audit.mac(PURPOSE, str(account.id))[:MARK_DIGITS]
