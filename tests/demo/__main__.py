# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Show the collection at work against the emulator: ``make demo``.

It leaves nothing behind, and fails when something does not happen as it says.
"""

from __future__ import annotations

from sandbox import Sandbox, expect, sandbox

TIME_LIMIT = 120
CHANGE = "CHG0031337"


def main() -> None:
    """Run the steps."""
    with sandbox(TIME_LIMIT) as demo:
        emulator = demo.emulator
        instance = emulator.instances["active"]

        runbook = (
            "ansible-playbook aliyun.elasticsearch.pre_upgrade_snapshot "
            f"-e es_instance_id={instance} -e es_region=cn-hangzhou -e es_client_token={CHANGE}-{instance}-1 "
            "-e es_wait_interval=0.3"
        )
        title("1. The runbook before an upgrade takes a snapshot, waits until it is complete, and reports its name")
        emulator.transitions({"hidden_polls": 1, "running_polls": 3})
        run(demo, runbook)
        expect(len(emulator.snapshots) == 1, "the emulator did not take one snapshot")
        name, polls = emulator.snapshots[0]["name"], len(emulator.journal("cluster"))
        say(f"The emulator has taken one snapshot, {name}. Its cluster was asked {polls} times.")

        title("2. The same runbook again finds a complete snapshot of the last hour, so it takes none")
        run(demo, runbook)
        expect(len(emulator.snapshots) == 1, "the emulator took a second snapshot")
        say("There is still one snapshot.")

        title("3. An ad hoc line without a client token: the task makes one")
        run(demo, f"ansible localhost -m aliyun.elasticsearch.es_snapshot -a 'instance_id={instance}'")
        expect(len(emulator.snapshots) == 2, "the emulator did not take a second snapshot")
        say("There are two snapshots, as this one was asked for.")

        title("4. The snapshot is taken, but the connection drops before the response")
        emulator.stub({"kind": "drop", "when": "after"}, operation="CreateSnapshot")
        run(demo, f"ansible localhost -m aliyun.elasticsearch.es_snapshot -a 'instance_id={instance}'")
        expect(len(emulator.snapshots) == 3, "the emulator did not take exactly one more snapshot")
        say("Two requests with one client token, and one more snapshot: the emulator knew the token the second time.")

        title("5. A RAM user who may only read is refused, and is told which permission is missing")
        run(
            demo,
            f"ansible localhost -m aliyun.elasticsearch.es_snapshot -a 'instance_id={instance} region=cn-hangzhou'",
            account="reader",
            succeeds=False,
        )
        expect(len(emulator.snapshots) == 3, "the emulator took a snapshot that it refused")
        say("There are still three snapshots.")

        title("6. The runbook pre_upgrade: a yellow cluster is not ready, and no snapshot is taken of it")
        taken = emulator.snapshots
        emulator.scenario(instances=[{"instance_id": instance, "health": "YELLOW"}])
        pre_upgrade = (
            f"ansible-playbook aliyun.elasticsearch.pre_upgrade -e es_instance_id={instance} -e es_region=cn-hangzhou"
        )
        run(demo, pre_upgrade, succeeds=False)
        expect(not emulator.snapshots, "the emulator took a snapshot of a yellow cluster")
        say("It says what is missing, and fails. No snapshot was taken.")

        title("7. The cluster is green again: the runbook takes a snapshot, has the cloud check, and calls it ready")
        emulator.put_instances({"instance_id": instance})
        run(demo, pre_upgrade)
        expect(len(emulator.snapshots) == 1, "the emulator did not take one snapshot")
        expect(not emulator.upgrades, "the emulator was asked for an upgrade")
        say("One snapshot, one passed check, and no upgrade.")

        title("What the emulator did")
        for snapshot in [*taken, *emulator.snapshots]:
            print(f"  {snapshot['name']}  client token {snapshot['client_token']}")
        say("Seven commands, four snapshots, none taken twice. Nothing left this machine, and nothing was billed.")


def run(demo: Sandbox, command: str, account: str = "operator", succeeds: bool = True) -> None:
    """Show a command, then run it as an account; raise SystemExit where it does not end as it should."""
    print(f"$ {command}", flush=True)
    code = demo.start(command, env=demo.account(account)).wait()
    expect((code == 0) == succeeds, f"the command ended with {code}")


def title(text: str) -> None:
    """Print a heading."""
    print(f"\n\n{text}\n{'=' * len(text)}\n", flush=True)


def say(text: str) -> None:
    """Print a line of the demo's own."""
    print(f"\n→ {text}", flush=True)


if __name__ == "__main__":
    main()
