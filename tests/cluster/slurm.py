"""A real SLURM on this machine for the time of the tests: munged, slurmctld and two slurmd, on loopback, no systemd.

Everything lives in one folder; `stop` ends the processes `start` made, and nothing else. The one trace outside the
folder are links under /etc/slurm, because SLURM strips SLURM_CONF from what runs inside a job.
"""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

PACKAGES = ("slurmctld", "slurmd", "slurm-client", "munge")
PROGRAMS = ("slurmctld", "slurmd", "sbatch", "munged")
ETC = Path("/etc/slurm")
NODES = ("node1", "node2")

# No cgroups: memory is watched by polling, and a step that holds too much is killed within 2 s.
CONF = """\
ClusterName=screening
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CredType=cred/munge
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=2
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2,sched_min_interval=0
PriorityType=priority/basic
ReturnToService=2
MinJobAge=300
KillWait=2
SlurmctldTimeout=30
SlurmdTimeout=60
JobRequeue=0
SlurmdParameters=config_overrides
"""
NODE = (
    "NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={cpus} Boards=1 SocketsPerBoard=1 "
    "CoresPerSocket={cpus} ThreadsPerCore=1 RealMemory={memory} State=UNKNOWN\n"
)
PARTITION = "PartitionName=main Nodes=ALL Default=YES MaxTime=2880 DefaultTime=10 DefMemPerCPU=200 State=UP\n"


def obstacle() -> str:
    """Why a SLURM cannot be started here, "" if it can; installs the packages where that is allowed and needed."""
    if os.geteuid() != 0:
        return "a test SLURM needs root, since slurmd starts jobs"
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        if os.environ.get("SCREENING_INSTALL_SLURM") != "1":
            return f"{', '.join(missing)} not installed; `make test-cluster` installs Debian's packages"
        if shutil.which("apt-get") is None:
            return "no apt-get to install SLURM with"
        problem = _install()
        if problem:
            return problem
    if any(path.exists() and not path.is_symlink() for path in (ETC / "slurm.conf", ETC / "cgroup.conf")):
        return "this machine has a SLURM configuration of its own"
    return ""


def _install() -> str:
    """Install the packages without starting their services; returns what went wrong."""
    policy = Path("/usr/sbin/policy-rc.d")
    made = not policy.exists()
    if made:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        for command in (["update"], ["install", "--yes", "--no-install-recommends", *PACKAGES]):
            done = subprocess.run(
                ["apt-get", "--quiet", *command],
                env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
                capture_output=True,
                text=True,
                check=False,
                timeout=300,
            )
            if done.returncode:
                return f"SLURM's packages cannot be installed: {done.stderr.strip()[-300:]}"
    except subprocess.TimeoutExpired:
        return "SLURM's packages cannot be installed: no answer within 5 minutes"
    finally:
        if made:
            policy.unlink()
    return ""


class Slurm:
    """The running cluster."""

    def __init__(self, folder: Path, cpus: int = 4, memory_MB: int = 40_000) -> None:
        self.folder = folder
        # SLURM's own environment, for commands and for what submits jobs.
        self.environment = {"SLURM_CONF": str(folder / "slurm.conf")}
        self.daemons: dict[str, subprocess.Popen[bytes]] = {}
        self.undo: list[Callable[[], object]] = []
        self._configure(cpus, memory_MB)

    def _configure(self, cpus: int, memory: int) -> None:
        for name in ("log", "state", "munge", *(f"spool.{node}" for node in NODES)):
            (self.folder / name).mkdir(parents=True)
        # munge wants nobody else to be able to write where its socket is.
        self.folder.chmod(0o755)
        host, ports = socket.gethostname().split(".")[0], _free_ports(1 + len(NODES))
        text = CONF.format(host=host, folder=self.folder, ports=ports)
        for name, port in zip(NODES, ports[1:], strict=True):
            text += NODE.format(name=name, host=host, port=port, cpus=cpus, memory=memory)
        (self.folder / "slurm.conf").write_text(text + PARTITION)
        self._link_configuration()
        self._make_resolvable(host)

    def _link_configuration(self) -> None:
        made = not ETC.exists()
        ETC.mkdir(exist_ok=True)
        link = ETC / "slurm.conf"
        link.unlink(missing_ok=True)
        link.symlink_to(self.folder / "slurm.conf")
        if made:
            self.undo.append(ETC.rmdir)
        self.undo.append(lambda: link.unlink(missing_ok=True))

    def _make_resolvable(self, host: str) -> None:
        with suppress(OSError):
            socket.gethostbyname(host)
            return
        hosts = Path("/etc/hosts")
        before = hosts.read_text()
        hosts.write_text(before.rstrip("\n") + f"\n127.0.0.1 {host}\n")
        self.undo.append(lambda: hosts.write_text(before))

    def start(self) -> None:
        """Start all daemons and wait until both nodes take jobs."""
        munge = self.folder / "munge"
        (munge / "key").write_bytes(os.urandom(128))
        (munge / "key").chmod(0o400)
        options = {"socket": "socket", "key-file": "key", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
        self._daemon(
            "munged", "--foreground", "--force", *(f"--{key}={munge / value}" for key, value in options.items())
        )
        self._wait("munged", lambda: self._succeeds("munge", "-n", f"--socket={munge / 'socket'}"))
        self._daemon("slurmctld", "-D")
        self._wait("slurmctld", lambda: "is UP" in self.run("scontrol", "ping"))
        for node in NODES:
            self.start_node(node)
        for node in NODES:
            self._wait(node, lambda node=node: self.node_state(node) in {"idle", "mixed", "allocated"})

    def start_node(self, node: str) -> None:
        """Start a node's daemon."""
        self._daemon(f"slurmd.{node}", "-D", "-N", node)

    def kill_node(self, node: str) -> None:
        """The node's daemon dies and the controller gives the node up; what ran there goes on unseen."""
        daemon = self.daemons.pop(f"slurmd.{node}")
        daemon.kill()
        daemon.wait()
        self.run("scontrol", "update", f"nodename={node}", "state=down", "reason=test")

    def revive_node(self, node: str) -> None:
        """The node comes back."""
        self.start_node(node)
        self.run("scontrol", "update", f"nodename={node}", "state=resume")
        self._wait(node, lambda: self.node_state(node) in {"idle", "mixed", "allocated"})

    def stop(self) -> None:
        """Cancel all jobs, end the daemons this object started, remove the links."""
        with suppress(subprocess.TimeoutExpired):
            self.cancel_all()
        for name in sorted(self.daemons, key=lambda name: ("slurmd" not in name, name != "slurmctld")):
            daemon = self.daemons[name]
            daemon.terminate()
            try:
                daemon.wait(timeout=15)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        for action in reversed(self.undo):
            with suppress(OSError):
                action()

    def cancel_all(self) -> None:
        """Cancel every job and wait until none is left."""
        self.run("scancel", "--user=root")
        self._wait("no jobs", lambda: not self.jobs(), 30)

    def jobs(self) -> dict[str, tuple[str, str, str]]:
        """Id -> state, comment (snakemake's rule and wildcards) and node of every job that waits or runs."""
        lines = self.run("squeue", "--noheader", "--format=%i|%T|%k|%N").splitlines()
        return {(parts := line.split("|"))[0]: (parts[1], parts[2], parts[3]) for line in lines if "|" in line}

    def node_state(self, node: str) -> str:
        """As sinfo words it, such as idle or down."""
        return self.run("sinfo", "--noheader", "--Node", f"--nodes={node}", "--format=%T").strip().rstrip("*")

    def run(self, *command: str) -> str:
        """Output of one of SLURM's commands."""
        done = subprocess.run(
            command, env=os.environ | self.environment, capture_output=True, text=True, check=False, timeout=20
        )
        return done.stdout

    def _succeeds(self, *command: str) -> bool:
        return subprocess.run(command, capture_output=True, check=False, timeout=10).returncode == 0

    def _daemon(self, name: str, *arguments: str) -> None:
        with (self.folder / "log" / f"{name}.log").open("ab") as log:
            self.daemons[name] = subprocess.Popen(
                [name.split(".", maxsplit=1)[0], *arguments],
                env=os.environ | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - it makes a system call and no more
            )

    def _wait(self, what: str, ready: Callable[[], bool], seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with suppress(subprocess.TimeoutExpired):
                if ready():
                    return
            time.sleep(0.1)
        logs = "".join(
            f"\n--- {path.name}\n{path.read_text(errors='replace')[-1500:]}"
            for path in sorted((self.folder / "log").iterdir())
        )
        raise RuntimeError(f"SLURM: {what} not ready after {seconds:g} s{logs}")


def _die_with_parent() -> None:
    """So that a killed test run leaves no daemon behind; and a session of their own against Ctrl-C."""
    os.setsid()
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _free_ports(n: int) -> list[int]:
    sockets = [socket.socket() for _ in range(n)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports
