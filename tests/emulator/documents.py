# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the control calls may say: settings, fixtures, transitions and stubs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Optional

from pydantic import Field, ValidationInfo, field_validator, model_validator

from .faults import AnyFault
from .fields import (
    Ago,
    CheckType,
    ClockOffset,
    Count,
    Document,
    GatewayQuery,
    Health,
    InstanceStatus,
    LastState,
    MaybeAgo,
    MaybeInstance,
    MaybeObject,
    MaybeOperation,
    MaybePolls,
    MaybeServer,
    MaybeText,
    Number,
    Object,
    ObjectState,
    Polls,
    RefusedSnapshot,
    Seconds,
    VersionName,
    When,
)

# The shortest time between two automatic snapshots, in seconds.
INTERVAL = 1800.0


class Nothing(Document):
    """The document of a call that takes none."""


class JournalQuery(Document):
    """Which of the requests ``GET /emulator/journal`` shows: both servers' by default."""

    server: MaybeServer = None


class Settings(Document):
    """How the emulator is set, for all requests; README.md says what each setting does."""

    clock_offset: ClockOffset = 0.0
    activating_requests: MaybePolls = None
    es_result_as_text: bool = False
    gateway_query: GatewayQuery = "passed"
    cluster_date: bool = False
    version: VersionName = "7.10"
    health: Health = "green"
    master: bool = True
    index_readable: bool = True
    object_read_seconds: Seconds = 0.0
    refused_snapshot: RefusedSnapshot = "result_false"


class Content(Document):
    """How a snapshot goes, in polls (hidden, running, in its last state, gone), what is in it, and its object."""

    hidden_polls: Polls = 0
    running_polls: MaybePolls = 0
    kept_polls: MaybePolls = None
    state: LastState = "SUCCESS"
    reason: MaybeText = None
    failed_shards: Number = 0
    total_shards: Number = 5
    done_shards: Number = 0
    indices: Number = 3
    data_streams: list[str] = Field(default_factory=list)
    metadata: MaybeObject = None
    recreated_after_polls: MaybePolls = None
    object: ObjectState = "readable"
    object_reads: MaybePolls = None

    @model_validator(mode="after")
    def _shards_add_up(self) -> Content:
        for name in ("failed_shards", "done_shards"):
            if getattr(self, name) > self.total_shards:
                raise ValueError(f"{name} is more than total_shards")
        if self.failed_shards and not self.indices:
            raise ValueError("failed_shards without indices")
        return self


class Beside(Content):
    """A snapshot that something else takes at the time; what is not given is as in the one it is beside."""

    when: When = "before"
    seconds: Seconds = 1.0

    def content(self, main: Content) -> Content:
        """Return how it goes beside ``main``."""
        given = {name: getattr(self, name) for name in self.model_fields_set.intersection(Content.model_fields)}
        return main.model_copy(update=given)


class Transition(Content):
    """How a snapshot goes that CreateSnapshot takes, and which others begin beside it."""

    instance_id: MaybeInstance = None
    beside: list[Beside] = Field(default_factory=list)


class Fixture(Content):
    """One or many alike snapshots that were there before; times are in seconds before now."""

    instance_id: MaybeInstance = None
    name: MaybeText = None
    uuid: MaybeText = None
    began_ago: Ago = 600.0
    ended_ago: MaybeAgo = None
    count: Count = 1
    interval: Seconds = INTERVAL
    prefix: MaybeText = None
    undated: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Fixture:
        if self.running_polls != 0 and self.ended_ago is not None:
            raise ValueError("ended_ago is for snapshots that do not run; give it or running_polls")
        if self.ended_ago is not None and self.ended_ago > self.began_ago:
            raise ValueError("ended_ago is before began_ago")
        if self.count != 1 and (self.name is not None or self.uuid is not None):
            raise ValueError("name and uuid are for a single snapshot")
        return self

    def times(self) -> Iterator[tuple[float, float | None]]:
        """Yield how long ago each of them began and ended; one that runs ends when it is polled."""
        ended_ago = self.ended_ago
        if ended_ago is None and self.running_polls == 0:
            ended_ago = min(self.began_ago, self.began_ago / 2)
        for position in range(self.count):
            earlier = position * self.interval
            yield self.began_ago + earlier, None if ended_ago is None else ended_ago + earlier


class InstanceFixture(Document):
    """One or many alike instances that the OpenAPI tells of; README.md says what each field does."""

    instance_id: str = Field(pattern="^[!-~]+$")
    count: Count = 1
    description: MaybeText = None
    status: InstanceStatus = "active"
    released: bool = False
    health: str = "GREEN"
    tags: dict[str, str] = Field(default_factory=dict)
    fields: Object = Field(default_factory=dict)
    row_fields: Object = Field(default_factory=dict)
    upgrade_info: Object = Field(default_factory=dict)
    failed_checks: list[CheckType] = Field(default_factory=list)
    setting: Object = Field(default_factory=dict)
    stores: Object = Field(default_factory=dict)

    def names(self) -> list[str]:
        """Return their IDs; of several alike, a number follows."""
        if self.count == 1:
            return [self.instance_id]
        return [f"{self.instance_id}{number:04}" for number in range(self.count)]


class Match(Document):
    """Which requests a stub is for; what is not given matches all."""

    operation: MaybeOperation = None
    instance_id: MaybeInstance = None
    client_token: MaybeText = None


class Stub(Document):
    """Faults for the requests that match, one after the other; the last one may repeat."""

    match: Match = Field(default_factory=Match)
    faults: list[AnyFault]

    @model_validator(mode="after")
    def _fits(self, info: ValidationInfo) -> Stub:
        if any(fault.repeat for fault in self.faults[:-1]):
            raise ValueError("only the last fault can repeat")
        operation = self.match.operation or ("CreateSnapshot" if self.match.client_token else None)
        is_openapi = operation in (info.context or {})["openapi"]
        for fault in self.faults:
            if not fault.is_for(operation, is_openapi):
                raise ValueError(f"{fault.kind} is not for {operation or 'every operation'}; give match.operation")
        return self


class Transitions(Document):
    """The queues of transitions: one for each instance that is named, and one for all others."""

    transitions: list[Transition]


class Fixtures(Document):
    """Snapshots to put in."""

    fixtures: list[Fixture]


class Stubs(Document):
    """Stubs; each replaces the one with the same match."""

    faults: list[Stub]


class InstanceFixtures(Document):
    """The instances that there are, in place of all others."""

    instances: list[InstanceFixture]


# Python 3.9 evaluates it.
MaybeInstanceFixtures = Optional[list[InstanceFixture]]


class Scenario(Document):
    """All that a test sets up, at once; without ``instances``, they are those of the start."""

    settings: Settings = Field(default_factory=Settings)
    instances: MaybeInstanceFixtures = None

    @field_validator("instances")
    @classmethod
    def _let_what_follows_name_them(
        cls, instances: MaybeInstanceFixtures, info: ValidationInfo
    ) -> MaybeInstanceFixtures:
        """Add them to the instances that are known to the fields below."""
        if info.context and instances:
            names = [name for instance in instances for name in instance.names()]
            info.context["instances"] = (*info.context["instances"], *names)
        return instances

    fixtures: list[Fixture] = Field(default_factory=list)
    transitions: list[Transition] = Field(default_factory=list)
    faults: list[Stub] = Field(default_factory=list)
