"""What the machine says: about itself, its load, and the processes that are measured."""

import os
import re
import time

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def describe():
    """The machine as it is written down beside the figures."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cpu": model[1].strip() if model else "unknown",
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(pages / 2**30, 1),
        "kernel": os.uname().release,
    }


def load():
    """Processes that ran or waited for a core or a disk, over the last minute."""
    return round(os.getloadavg()[0], 2)


def peak_mib(pid):
    """The most memory a process ever had resident (VmHWM); None when it is gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            found = re.search(r"VmHWM:\s+(\d+)", file.read())
    except OSError:
        return None
    return round(int(found[1]) / 1024, 2) if found else None


def forget_peak(pid):
    """Lets a process's peak begin anew, as far as the system lets us."""
    try:
        with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
            file.write("5")
    except OSError:
        pass


def cpu_seconds(pid):
    """Processor time of a process, its threads included."""
    return cpu_seconds_of(stat(pid))


def cpu_seconds_of(fields):
    """The same of what `stat` has read."""
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def family_cpu_seconds(pid):
    """The same with its children, those that ended included: Postgres has one a session."""
    total = sum(map(int, stat(pid)[11:15])) / CLOCK_TICKS
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and int(stat(name)[1]) == pid:
                total += cpu_seconds(name)
        except OSError:
            # It ended while we looked.
            continue
    return total


def stat(pid):
    """/proc/<pid>/stat from the state on."""
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        return stat_fields(file.read())


def stat_fields(text):
    return text.rpartition(")")[2].split()


def busy_seconds():
    """Processor time that all cores together have worked since boot, whoever for."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / CLOCK_TICKS


def wait_until(holds, seconds, what, pause=0.005):
    """Polls until `holds()`; RuntimeError naming `what` when the time is over."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError(f"{what}: not within {seconds} s")
        time.sleep(pause)
