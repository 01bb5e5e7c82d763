"""Which processes a run has, and with what environment."""

import os
import shutil

import fleet
import schedule
import servers


def copied(options, directory):
    """Directories of release and debug executables of this run's own: a build may go on."""
    wanted = {
        "release": (
            "backend",
            "stats-aggregator",
            "load-simulator",
            "betctl",
            "api-server",
            "worker",
        ),
        "debug": ("backend", "load-simulator", "api-server", "worker"),
    }
    for kind, names in wanted.items():
        os.makedirs(f"{directory}/programs/{kind}")
        for name in names:
            shutil.copy2(f"{getattr(options, kind)}/{name}", f"{directory}/programs/{kind}/{name}")
    return f"{directory}/programs/release", f"{directory}/programs/debug"


def make(release, debug, directory, machines, environment, proxies):
    """The fleet, and the ports of its api-servers."""
    pods = fleet.Fleet(directory)
    through = {
        variable: value.replace(f":{machines.port(name)}", f":{proxies[name].port}")
        for name in servers.SERVER_NAMES
        for variable, value in environment.items()
        if variable.startswith(f"{name.upper()}_URL")
    }
    for slot in schedule.RELEASE_SLOTS:
        ways = through if slot == schedule.PROXIED_SLOT else {}
        pods.add(slot, f"{release}/backend", environment | ways)
    for slot in schedule.DEBUG_SLOTS:
        pods.add(slot, f"{debug}/backend", environment)
    dashboard, *ports = servers.free_ports(3, machines.port("redis") + 1)
    pods.add("aggregator", f"{release}/stats-aggregator", environment | _at(dashboard))
    ways = (environment | through, environment)
    for slot, programs, way, port in zip(schedule.API_SLOTS, (release, debug), ways, ports):
        pods.add(slot, f"{programs}/api-server", way | _at(port))
    for slot, programs, way in zip(schedule.WORKER_SLOTS, (release, debug), ways):
        pods.add(slot, f"{programs}/worker", way)
    return pods, ports


def _at(port):
    return {"HTTP_PORT": str(port)}
