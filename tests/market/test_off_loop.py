from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from market import off_loop
from market.models import ClockState


@pytest.mark.django_db(transaction=True)
def test_a_thread_of_a_pool_gives_its_connection_back() -> None:
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(off_loop.and_hang_up, ClockState.objects.count).result() == 0

        assert pool.submit(lambda: connection.connection).result() is None
