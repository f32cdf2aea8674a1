# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the control calls may say: settings, fixtures, transitions and stubs."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, model_validator

from .faults import AnyFault
from .fields import (
    Ago,
    ClockOffset,
    Count,
    Document,
    LastState,
    MaybeAgo,
    MaybeInstance,
    MaybeOperation,
    MaybePolls,
    MaybeServer,
    MaybeText,
    MaybeWhen,
    Number,
    Polls,
)

# The shortest time between two automatic snapshots, in seconds.
INTERVAL = 1800.0
# These are about client tokens, nonces and the result true, which other operations do not have.
CREATE_SNAPSHOT_KINDS = ("in_progress", "xml")
OPENAPI_KINDS = ("nonce_used", *CREATE_SNAPSHOT_KINDS)


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
    cluster_date: bool = False


class Content(Document):
    """How a snapshot goes, in polls (hidden, then running, then in its last state), and what is in it."""

    hidden_polls: Polls = 0
    running_polls: MaybePolls = 0
    state: LastState = "SUCCESS"
    failed_shards: Number = 0
    total_shards: Number = 5
    indices: Number = 3

    @model_validator(mode="after")
    def _shards_add_up(self) -> Content:
        if self.failed_shards > self.total_shards:
            raise ValueError("failed_shards is more than total_shards")
        if self.failed_shards and not self.indices:
            raise ValueError("failed_shards without indices")
        return self


class Transition(Content):
    """How a snapshot goes that CreateSnapshot takes, and whether an automatic one begins beside it."""

    instance_id: MaybeInstance = None
    beside: MaybeWhen = None


class Fixture(Content):
    """One or many alike snapshots that were there before; times are in seconds before now."""

    instance_id: MaybeInstance = None
    name: MaybeText = None
    began_ago: Ago = 600.0
    ended_ago: MaybeAgo = None
    count: Count = 1

    @model_validator(mode="after")
    def _fits(self) -> Fixture:
        if self.running_polls != 0 and self.ended_ago is not None:
            raise ValueError("ended_ago is for snapshots that do not run; give it or running_polls")
        if self.ended_ago is not None and self.ended_ago > self.began_ago:
            raise ValueError("ended_ago is before began_ago")
        if self.name is not None and self.count != 1:
            raise ValueError("name is for a single snapshot")
        return self

    def times(self) -> Iterator[tuple[float, float | None]]:
        """Yield how long ago each of them began and ended; one that runs ends when it is polled."""
        ended_ago = self.ended_ago
        if ended_ago is None and self.running_polls == 0:
            ended_ago = self.began_ago / 2
        for position in range(self.count):
            earlier = position * INTERVAL
            yield self.began_ago + earlier, None if ended_ago is None else ended_ago + earlier


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
    def _fits(self) -> Stub:
        if any(fault.repeat for fault in self.faults[:-1]):
            raise ValueError("only the last fault can repeat")
        operation = self.match.operation or ("CreateSnapshot" if self.match.client_token else None)
        refused = {"CreateSnapshot": (), "InvokeEsRequest": CREATE_SNAPSHOT_KINDS}.get(operation or "", OPENAPI_KINDS)
        for fault in self.faults:
            if fault.kind in refused:
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


class Scenario(Document):
    """All that a test sets up, at once."""

    settings: Settings = Field(default_factory=Settings)
    fixtures: list[Fixture] = Field(default_factory=list)
    transitions: list[Transition] = Field(default_factory=list)
    faults: list[Stub] = Field(default_factory=list)
