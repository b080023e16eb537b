"""Times as phones state them."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

# A phone whose clock is years off is recorded and reviewed. Only times that no time zone can shift are refused.
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)

PhoneTime = Annotated[AwareDatetime, Field(ge=EARLIEST, le=LATEST)]
