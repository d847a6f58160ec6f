import pytest
from django.db import InterfaceError, connection

from realtime.threads import Threads

pytestmark = pytest.mark.django_db(transaction=True)


def backend():
    connection.ensure_connection()
    return connection.connection.info.backend_pid


def is_open():
    return connection.connection is not None


@pytest.mark.parametrize(("keep", "kept"), [(True, True), (False, False)])
async def test_a_connection_is_kept_only_where_somebody_asks_all_the_time(keep, kept):
    threads = Threads(1, keep=keep)

    first = await threads.run(backend)

    assert await threads.run(is_open) is kept
    assert (await threads.run(backend) == first) is kept
    await threads.close()


async def test_after_a_dead_connection_comes_a_new_one():
    threads = Threads(1, keep=True)

    def die():
        connection.ensure_connection()
        raise InterfaceError("the connection is closed")

    with pytest.raises(InterfaceError):
        await threads.run(die)

    assert await threads.run(is_open) is False
    await threads.close()


async def test_arguments_pass_through():
    threads = Threads(2)

    assert await threads.run(divmod, 7, 2) == (3, 1)
    assert await threads.run(sorted, [1, 2], reverse=True) == [2, 1]
    await threads.close()
