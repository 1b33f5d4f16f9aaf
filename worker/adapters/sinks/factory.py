"""Makes the sink of a receiver."""

from worker.adapters.sinks import Sink
from worker.adapters.sinks.alertmanager import AlertmanagerSink
from worker.adapters.sinks.apprise_sink import AppriseSink
from worker.adapters.sinks.log import LogSink
from worker.domain.receiver import Receiver


def make_sink(receiver: Receiver) -> Sink:
    """Return a new sink for a receiver."""
    match receiver.kind:
        case "apprise":
            return AppriseSink(receiver)
        case "alertmanager":
            return AlertmanagerSink(receiver)
        case "log":
            return LogSink(receiver.name)
