"""A Faust app for agents' tests: nothing is sent anywhere, what would be sent is kept."""

import asyncio

import pytest

from worker.settings import Settings
from worker.streaming.app import add_agent, create_app
from worker.streaming.outbox import Outbox
from worker.streaming.reliable import BatchLoop


class Sent:
    """Stands for the producer: confirms every record at once and keeps it."""

    def __init__(self):
        self.records = []

    async def send(self, record):
        self.records.append(record)
        answer = asyncio.get_running_loop().create_future()
        answer.set_result(None)
        return answer

    def values(self, kafka_topic):
        return [record.value for record in self.records if record.kafka_topic.name == kafka_topic.name]


@pytest.fixture
def sent():
    return Sent()


@pytest.fixture
async def run_agent(tmp_path, sent):
    """Return a function that puts values through an agent in Faust's test context until all are handled."""
    settings = Settings(data_dir=tmp_path)
    app = create_app(settings)
    app.loop = asyncio.get_running_loop()
    app.finalize()
    app.flow_control.resume()

    async def run(module, work, values):
        handled = []
        through = asyncio.Event()

        async def counted(messages):
            outcomes = await work(messages)
            handled.extend(messages)
            if len(handled) >= len(values):
                through.set()
            return outcomes

        def leave(why):
            pytest.fail(why)

        outbox = Outbox(sent.send, agent=module.NAME, attempts=1, timeout_seconds=1)
        loop = BatchLoop(module.SOURCE, module.NAME, counted, outbox, batch_messages=32, leave=leave)
        agent = add_agent(app, settings, module.SOURCE, module.NAME, loop)
        async with agent.test_context() as context:
            for value in values:
                await context.put(value, wait=False)
            await asyncio.wait_for(through.wait(), 10)
            await asyncio.sleep(0.05)  # the loop still sends what the work returned
        return handled

    return run
