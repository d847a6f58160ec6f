import asyncio
import gc

import pytest

from realtime import hub, lifespan


@pytest.fixture
def collector():
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


async def test_the_hub_lives_as_long_as_the_server(transactional_db, collector):
    said, told = asyncio.Queue(), asyncio.Queue()
    serving = asyncio.create_task(lifespan.application({"type": "lifespan"}, said.get, told.put))
    said.put_nowait({"type": "lifespan.startup"})
    assert await told.get() == {"type": "lifespan.startup.complete"}
    running = hub.of_this_process()
    await running.known()
    assert gc.get_threshold() == lifespan.GC_THRESHOLDS

    said.put_nowait({"type": "lifespan.shutdown"})
    assert await told.get() == {"type": "lifespan.shutdown.complete"}
    await serving

    assert [task.done() for task in running._tasks] == [True] * 5
