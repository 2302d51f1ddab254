"""A real Slurm of one node with stand-ins for two GPUs: `python -m tests.plugins.slurm_cluster FOLDER`

All it needs is below one folder, and its daemons are children of this process: nothing is left of it, and
two may run at once. The GPUs are device nodes that nothing opens; jobs get CUDA_VISIBLE_DEVICES all the same.
There is no accounting, because a sweep must not need it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue")
START_SECONDS = 60.0
STOP_SECONDS = 20.0
CPUS = 4
"""Said to be there, whatever there is: what runs in tests mostly waits."""

CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={controller_port}
SlurmdPort={node_port}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=10
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1,batch_sched_delay=0,bf_interval=2
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
KillWait=5
MessageTimeout=5
ReturnToService=2
MpiDefault=none
JobCompType=jobcomp/none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} Gres=gpu:2 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=600 PriorityTier=1
PartitionName=urgent Nodes={host} PriorityTier=9 PreemptMode=OFF
"""


def lack() -> str:
    """Why no Slurm can be started here; empty: it can."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        return f"{', '.join(missing)} not installed (apt-get install slurmctld slurmd slurm-client munge)"
    return "" if os.geteuid() == 0 else "only root can make the device nodes that stand in for GPUs"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def lay_out(folder: Path) -> Path:
    """The cluster's files; returns its slurm.conf."""
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    folder.chmod(0o755)
    host = socket.gethostname().partition(".")[0]
    key = folder / "munge.key"
    key.write_bytes(secrets.token_bytes(1024))
    key.chmod(0o400)
    for number in range(2):
        os.mknod(folder / f"gpu{number}", stat.S_IFCHR | 0o666, os.makedev(195, number))
    (folder / "gres.conf").write_text(f"NodeName={host} Name=gpu File={folder}/gpu[0-1]\n")
    configuration = folder / "slurm.conf"
    configuration.write_text(
        CONFIGURATION.format(
            host=host, folder=folder, user="root", cpus=CPUS, memory=2000,
            controller_port=free_port(), node_port=free_port(),
        )
    )  # fmt: skip
    return configuration


@contextlib.contextmanager
def slurm_cluster(folder: Path) -> Iterator[dict[str, str]]:
    """The environment in which Slurm's programs reach it, once a job could begin."""
    configuration = lay_out(folder)
    surroundings = {**os.environ, "SLURM_CONF": str(configuration)}
    parts = {"key-file": "key", "socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
    files = [f"--{name}={folder}/munge.{part}" for name, part in parts.items()]
    commands = (
        ["munged", "--foreground", "--force", *files],
        ["slurmctld", "-D", "-i", "-f", str(configuration)],
        ["slurmd", "-D", "-f", str(configuration)],
    )
    with contextlib.ExitStack() as daemons:
        for command in commands:
            daemons.enter_context(daemon(command, folder, surroundings))
            if command[0] == "munged":
                wait_until(lambda: (folder / "munge.socket").exists(), "munged", folder)
        wait_until(lambda: is_idle(surroundings), "slurm", folder)
        yield {"SLURM_CONF": str(configuration)}
        subprocess.run(["scancel", "--full", "--user=root"], env=surroundings, check=False)
        with contextlib.suppress(TimeoutError):
            wait_until(lambda: not said(["squeue", "--noheader"], surroundings), "squeue", folder)


@contextlib.contextmanager
def daemon(command: list[str], folder: Path, surroundings: dict[str, str]) -> Iterator[None]:
    with (folder / f"{command[0]}.out").open("wb") as output:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", *command],  # also where the tests are killed
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=surroundings,
            start_new_session=True,
        )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def is_idle(surroundings: dict[str, str]) -> bool:
    return "idle" in said(["sinfo", "--noheader", "--format=%T"], surroundings)


def said(command: Sequence[str], surroundings: dict[str, str]) -> str:
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def wait_until(happened: Callable[[], bool], what: str, folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not happened():
        if time.monotonic() > deadline:
            logs = "\n".join(path.read_text(errors="replace")[-2000:] for path in folder.glob("*.log"))
            raise TimeoutError(f"{what}: nothing within {START_SECONDS:g} s\n{logs}")
        time.sleep(0.1)


if __name__ == "__main__":
    with slurm_cluster(Path(sys.argv[1]).resolve()) as variables:
        print(*(f"export {name}={value}" for name, value in variables.items()), flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
