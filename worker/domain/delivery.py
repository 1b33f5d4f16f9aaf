"""What became of an alert that was handed to a sink."""

from datetime import datetime
from typing import Annotated

import msgspec


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to deliver one state of one alert: the message of `deliveries`."""

    alert_id: str
    revision: int
    sink: str
    outcome: Annotated[str, msgspec.Meta(pattern="^(delivered|rejected)$")]
    at: datetime
