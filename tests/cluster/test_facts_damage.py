# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a real engine says where objects or the index of a repository are damaged or missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from cluster import Cluster, Response
from states import LIST, Repository, names

Check = Callable[[Response], None]


@pytest.fixture
def three(repository: Repository) -> Repository:
    """A repository with the snapshots a, b and c."""
    for name in "abc":
        repository.take(name)
    return repository


DAMAGES = {
    # what happens to the object, and what the engine says of it
    "damaged": (Repository.damaged, 500, "snapshot_exception"),
    "removed": (Repository.removed, 404, "snapshot_missing_exception"),
}


@pytest.fixture(params=DAMAGES)
def damage(request: pytest.FixtureRequest, three: Repository) -> Iterator[Check]:
    """Have the object of b damaged or removed; gives a function that checks what is said of it."""
    spoil, status, error = DAMAGES[request.param]
    uuid = three.uuids()["b"]

    def check(response: Response) -> None:
        assert (response.status, response.error_type) == (status, error)
        assert f"{three.name}:b/{uuid}]" in str(response.reason)

    with spoil(three, "b"):
        yield check


@pytest.mark.parametrize("what", ["_all", "*", "b", "a,b,c", "b*"])
def test_damaged_object_fails_whatever_reads_it(three: Repository, damage: Check, what: str) -> None:
    damage(three.get(what))
    damage(three.get(what, filter_path="snapshots.snapshot"))


def test_damaged_object_is_listed_from_the_index(three: Repository, damage: Check) -> None:
    assert names(three.rows(**LIST)) == ["a", "b", "c"]
    assert {row["state"] for row in three.rows(**LIST)} == {"SUCCESS"}
    assert names(three.rows("b", **LIST)) == ["b"]


def test_damaged_object_does_not_touch_the_others(three: Repository, damage: Check) -> None:
    assert names(three.rows("a,c")) == ["a", "c"]
    assert three.rows("_current") == []
    assert three.take("d")["state"] == "SUCCESS"


@pytest.mark.parametrize("what", ["_all", "a,b,c", "b,c,a"])
def test_damaged_object_is_left_out_with_ignore_unavailable(three: Repository, damage: Check, what: str) -> None:
    assert names(three.rows(what, ignore_unavailable="true")) == ["a", "c"]
    assert three.rows("b", ignore_unavailable="true") == []


def test_damaged_object_heals(three: Repository) -> None:
    with three.damaged("b"):
        assert three.get().status == 500
    assert names(three.rows()) == ["a", "b", "c"]


def test_missing_object_is_told_from_an_unknown_name_by_its_uuid(three: Repository) -> None:
    assert three.get("nothing").reason == f"[{three.name}:nothing] is missing"
    uuid = three.uuids()["b"]
    with three.removed("b"):
        assert three.get("b").reason == f"[{three.name}:b/{uuid}] is missing"
    assert three.get("nothing", verbose="false").status == 404


@pytest.mark.parametrize("what", ["_all", "a", "nothing"])
@pytest.mark.parametrize("query", [{}, {"verbose": "false"}, {"ignore_unavailable": "true"}, LIST])
def test_unreadable_index_fails_all_but_current(three: Repository, what: str, query: dict[str, str]) -> None:
    with three.damaged_index():
        fresh = three.again(f"{three.name}-{len(query)}-{what.strip('_')}")
        response = fresh.get(what, **query)
        assert (response.status, response.error_type) == (500, "repository_exception")
        assert fresh.get("_current").body["snapshots"] == []
        assert fresh.get("_current", **LIST).body == {}


def test_unreadable_index_is_not_noticed_by_a_master_that_has_it_in_memory(three: Repository) -> None:
    with three.damaged_index():
        assert names(three.rows(**LIST)) == ["a", "b", "c"]
        assert names(three.rows()) == ["a", "b", "c"]


def test_missing_index_is_an_empty_list(three: Repository) -> None:
    with three.removed_index():
        fresh = three.again(f"{three.name}-again")
        assert fresh.rows(verbose="false") == fresh.rows() == []
        assert fresh.get("a").status == 404


def test_another_cluster_that_writes(cluster: Cluster, three: Repository) -> None:
    other = Repository(cluster, f"{three.name}-other", three.location)
    assert names(other.rows(verbose="false")) == ["a", "b", "c"]
    other.take("d")
    other.take("e")
    assert names(three.rows(verbose="false")) == ["a", "b", "c"], "what another one adds is not seen"
    response = three.create("f")
    assert (response.status, response.error_type) == (500, "snapshot_exception")
    for query in ({}, {"verbose": "false"}, {"ignore_unavailable": "true"}):
        response = three.get(**query)
        assert (response.status, response.error_type) == (500, "repository_exception")
    assert three.rows("_current") == []
    assert names(other.rows(verbose="false")) == ["a", "b", "c", "d", "e"]
