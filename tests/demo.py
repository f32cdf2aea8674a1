# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Show the collection at work against the emulator: what C(make demo) runs.

It leaves nothing behind, and fails when something does not happen as it says.
"""

from __future__ import annotations

from sandbox import Sandbox, expect, sandbox

TIME_LIMIT = 120
CHANGE = "CHG0031337"


def main() -> None:
    """Run the scenes."""
    with sandbox(TIME_LIMIT) as demo:
        instance = demo.instances["active"]

        runbook = (
            "ansible-playbook aliyun.elasticsearch.pre_upgrade_snapshot "
            f"-e es_instance_id={instance} -e es_region=cn-hangzhou -e es_client_token={CHANGE}-{instance} "
            "-e es_wait_interval=0.3"
        )
        scene("1. The runbook before an upgrade: take a snapshot, wait until it is complete, pass its RequestId on")
        demo.control("PUT", "plans", {"plans": [{"appears_after": 1, "looks": 3}]})
        run(demo, runbook)
        expect(len(demo.snapshots()) == 1, "the emulator did not take one snapshot")
        looks = len(demo.control("GET", "cluster-requests")["requests"])
        say(f"The emulator has taken one snapshot, {demo.snapshots()[0]['name']}. It was looked for {looks} times.")

        scene("2. The same runbook again: there is a complete snapshot of the last hour, so none is taken")
        run(demo, runbook)
        expect(len(demo.snapshots()) == 1, "the emulator took a second snapshot")
        say("Still one snapshot.")

        scene("3. An ad hoc line, without a token: one is made for the task")
        run(demo, f"ansible localhost -m aliyun.elasticsearch.es_snapshot -a 'instance_id={instance}'")
        expect(len(demo.snapshots()) == 2, "the emulator did not take a second snapshot")

        scene("4. The connection is dropped after the snapshot was taken, before the answer")
        demo.control("PUT", "faults", {"faults": [{"kind": "drop", "when": "after"}]})
        run(demo, f"ansible localhost -m aliyun.elasticsearch.es_snapshot -a 'instance_id={instance}'")
        expect(len(demo.snapshots()) == 3, "the emulator did not take exactly one more snapshot")
        say("Two attempts with one token, and one snapshot: the emulator knew the token when it came again.")

        scene("5. A RAM user who may only read is refused, and told what is missing")
        run(
            demo,
            f"ansible localhost -m aliyun.elasticsearch.es_snapshot -a 'instance_id={instance} region=cn-hangzhou'",
            account="reader",
        )
        expect(len(demo.snapshots()) == 3, "the emulator took a snapshot that it refused")

        scene("What the emulator did")
        for snapshot in demo.snapshots():
            say(f"{snapshot['name']}  ClientToken {snapshot['client_token']}  RequestId {snapshot['request_id']}")
        say("Five commands, three snapshots, none taken twice. The emulator is not the cloud; nothing was billed.")


def run(demo: Sandbox, command: str, account: str = "operator") -> None:
    """Show a command, then run it; raise SystemExit where it does not end as the account's permissions say."""
    print(f"\n$ {command}", flush=True)
    code = demo.start(command, env=demo.account(account)).wait()
    expect((code == 0) == (account == "operator"), f"the command ended with {code}")


def scene(title: str) -> None:
    """Print a heading."""
    print(f"\n{'=' * len(title)}\n{title}\n{'=' * len(title)}", flush=True)


def say(text: str) -> None:
    """Print a line of the demo's own."""
    print(f"→ {text}", flush=True)


if __name__ == "__main__":
    main()
