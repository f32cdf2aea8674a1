# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What reading costs a real engine: which objects it reads for which request, and whether it can be stopped."""

from __future__ import annotations

import time

import pytest
import requests
from cluster import Cluster
from states import LIST, Repository, names

END = 1_700_000_000_000  # milliseconds since 1970
HALF_AN_HOUR = 1_800_000  # milliseconds


def times(count: int) -> list[tuple[str, int]]:
    """Names and ends of as many snapshots, one every half hour, oldest first."""
    return [(f"auto-{number:05}", END - (count - number) * HALF_AN_HOUR) for number in range(count)]


@pytest.fixture
def many(repository: Repository) -> Repository:
    """336 snapshots: a week of one every half hour."""
    many = repository.history(f"{repository.name}-336", times(336))
    many.get(**LIST)
    many.cluster.control("reset")
    return many


def objects_read(repository: Repository) -> int:
    """Return how many objects of snapshots were read since this was asked last."""
    return repository.cluster.control("reset").get("snap", 0)


def test_list_from_the_index_reads_no_object_of_a_snapshot(many: Repository) -> None:
    rows = many.rows(**LIST)
    assert names(rows) == [name for name, _end in times(336)]
    assert objects_read(many) == 0


def test_current_reads_nothing(many: Repository) -> None:
    assert many.rows("_current") == []
    assert many.cluster.control("reset") == {"most_at_once": 0}


def test_verbose_list_reads_one_object_for_each_snapshot(many: Repository) -> None:
    assert len(many.rows()) == 336
    assert objects_read(many) == 336
    many.get(filter_path="snapshots.snapshot")
    assert objects_read(many) == 336, "a filter saves nothing"


def test_names_read_one_object_each(many: Repository) -> None:
    many.rows("auto-00001")
    assert objects_read(many) == 1
    wanted = ",".join(f"auto-{number:05}" for number in range(20))
    assert len(many.rows(wanted, ignore_unavailable="true")) == 20
    assert objects_read(many) == 20
    many.get("auto-00001,nothing")
    assert objects_read(many) <= 1


def test_objects_are_read_at_once_or_one_after_the_other(many: Repository) -> None:
    slow = many.again(f"{many.name}-slow", object_delay=5)
    many.cluster.control("reset")
    slow.rows()
    most = many.cluster.control("reset")["most_at_once"]
    assert most > 1 if many.cluster.is_since(7, 14) else most == 1


def test_what_each_restriction_reads(many: Repository) -> None:
    if not many.cluster.is_since(7, 16):
        pytest.skip("it knows none")
    assert len(many.rows(sort="start_time", order="desc", size="10")) == 10
    assert objects_read(many) == 336, "size saves nothing"
    since = END - 10 * HALF_AN_HOUR - 1000
    assert len(many.rows(sort="start_time", from_sort_value=str(since))) == 10
    assert objects_read(many) == 10
    assert many.rows(slm_policy_filter="none-*") == []
    assert objects_read(many) == 0


def test_client_that_hangs_up(many: Repository) -> None:
    slow = many.again(f"{many.name}-slow", object_delay=20)
    many.cluster.control("reset")
    with pytest.raises(requests.Timeout):
        slow.cluster.get(slow.path(), timeout=0.3)
    read = settled(many.cluster)
    if many.cluster.is_since(7, 14):
        assert read < 336, "cancelled"
    else:
        assert read == 336, "goes on for nobody"


def settled(cluster: Cluster) -> int:
    """Return how many objects are read in the end, once that number stays."""
    seen, same = -1, 0
    while same < 5:
        read = cluster.control("reads").get("snap", 0)
        same = same + 1 if read == seen else 0
        seen = read
        time.sleep(0.2)
    return seen


def test_index_is_kept_in_memory_while_it_is_small(repository: Repository) -> None:
    repository.take("a")
    repository.cluster.control("reset")
    for _time in range(3):
        repository.rows(**LIST)
    assert repository.cluster.control("reset").get("index", 0) == 0


def test_index_that_is_large(repository: Repository) -> None:
    large = repository.history(f"{repository.name}-large", times(30_000), objects=False)
    large.take("written-by-it")  # from now on it knows which index is the newest, and would keep it
    large.cluster.control("reset")
    for _time in range(3):
        assert len(large.rows(**LIST)) == 30_001
    old = large.cluster.engine.product == "Elasticsearch" and not large.cluster.is_since(7, 12)
    assert large.cluster.control("reset").get("index", 0) == (3 if old else 0)


def test_2000_snapshots(repository: Repository) -> None:
    made = repository.history(f"{repository.name}-2000", times(2000))
    response = made.get(**LIST)
    assert len(response.body["snapshots"]) == 2000
    assert len(response.content) < 200_000
    last = ",".join(name for name, _end in times(2000)[-21:])
    made.cluster.control("reset")
    rows = made.rows(last, ignore_unavailable="true")
    assert rows[-1]["end_time_in_millis"] == END - HALF_AN_HOUR
    assert objects_read(made) == 21
    assert made.take("auto-new-01")["state"] == "SUCCESS"
    assert len(made.uuids()) == 2001
