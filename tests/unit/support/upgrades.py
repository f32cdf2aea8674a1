# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An instance on the loopback interface as an upgrade finds it; it upgrades unless it is asked in exactly one way."""

from __future__ import annotations

import socket
from collections.abc import Sequence

from ansible_collections.aliyun.elasticsearch.tests.unit.support.openapi import ScriptedOpenApi, json_response
from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import Received, Server, ServerResponse

CHECK_TYPES = ("checkClusterHealth", "checkConfigCompatible", "checkClusterResource", "checkClusterSnapshot")

DESCRIBED = {
    "instanceId": "es-cn-0pp1jxvcl0001abcd",
    "status": "active",
    "esVersion": "8.15.1_with_X-Pack",
    "archType": "public",
    "extendConfigs": [{"configType": "aliVersion", "aliVersion": "ali2.2.4"}],
}
OFFERED = {
    "Upgrade": True,
    "curEsVersion": "8.15.1",
    "upgradeEsVersion": "8.17.0",
    "curApackVersion": "2.2.4",
    "upgradeApackVersion": "2.2.4",
    "CurRepoVersion": "1.7.3",
    "UpdateRepoVersion": "1.7.3",
}
PASSED = [{"validateType": name, "status": "success", "validateResult": []} for name in CHECK_TYPES]
NO_SNAPSHOT = {
    "validateType": "checkClusterSnapshot",
    "status": "failed",
    "validateResult": [
        {
            "errorType": "clusterSnapshot",
            "errorCode": "WithInvalidElasticsearchSnapshots",
            "errorMsg": "no snapshot in the last hour",
        }
    ],
}


def result(value: object, request_id: str = "R-ok") -> bytes:
    """Return a success."""
    return json_response(RequestId=request_id, Result=value)


def api_error(code: str, status: int = 400) -> bytes:
    """Return an error of the API."""
    return json_response(f"{status} Error", RequestId="R-no", Code=code, Message="It said no.")


class FakeUpgrades(ScriptedOpenApi):
    """An active instance with a version to upgrade to, unless the responses of an operation say something else.

    ``upgraded`` holds the requests that the real API would have taken for an upgrade.
    """

    def __init__(self, **responses: Sequence[ServerResponse] | ServerResponse) -> None:
        known: dict[str, Sequence[ServerResponse] | ServerResponse] = {
            "DescribeInstance": result(DESCRIBED, "R-instance"),
            "UpgradeInfo": result({"UpgradeInfo": OFFERED}, "R-info"),
            "UpgradeEngineVersion": result(PASSED, "R-check"),
            "ListActionRecords": result([], "R-records"),
        }
        super().__init__(**{**known, **responses})
        self.upgraded: list[Received] = []

    @property
    def checks(self) -> list[Received]:
        """Return the requests for checks."""
        return [received for received in self.requests if received.headers["x-acs-action"] == "UpgradeEngineVersion"]

    def __call__(self, connection: socket.socket, server: Server) -> None:
        """Respond to the request that ``server`` received last."""
        received = server.received[-1]
        target, _question_mark, query = received.target.partition("?")
        names = f"{target}{received.headers.get('x-acs-action')}".lower()
        if "upgrade" in names and received.method != "GET" and query != "dryRun=true":
            self.upgraded.append(received)
            connection.sendall(result(True, "R-upgrade"))
        else:
            super().__call__(connection, server)
