import pytest

from bench.row import Row, faster, none_of, oftener, percentile

MEMBERS = {"bench", "case", "measure", "ours", "baseline", "baseline_name", "ratio", "unit"}


def test_less_time_is_better():
    row = faster("b", "c", "m", 2.0, 5.0, "stock")

    assert (row.ours, row.baseline, row.ratio, row.unit) == (2.0, 5.0, 2.5, "ms")


def test_more_a_second_is_better():
    assert oftener("b", "c", "m", 300.0, "events/s", 100.0, "stock").ratio == 3.0


@pytest.mark.parametrize(("found", "broken"), [(0, False), (1, True)])
def test_a_count_that_must_be_zero_is_broken_by_one(found, broken):
    assert none_of("b", "c", "lost", found).broken is broken


def test_a_plain_figure_is_never_broken():
    assert not Row("b", "c", "m", 17.0, "ms").broken


def test_the_members_of_a_row_are_those_of_the_papers():
    assert none_of("b", "c", "lost", 0).as_dict().keys() == MEMBERS


@pytest.mark.parametrize(("percent", "value"), [(0, 1), (50, 51), (99, 100), (100, 100)])
def test_percentiles_of_one_to_a_hundred(percent, value):
    assert percentile(range(100, 0, -1), percent) == value


def test_a_percentile_of_nothing_is_no_number():
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 99)
