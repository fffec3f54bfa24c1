"""Runs builds side by side: as many as cores and memory allow, the longest first, and the cores shared among them."""

import os
import threading

MEMORY = 1.5e9  # bytes that one build may want


def cores():
    """The processors that this process may use."""
    try:
        count = len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        count = os.cpu_count() or 1
    quota = words_of("/sys/fs/cgroup/cpu.max")
    if quota and len(quota) == 2 and quota[0].isdigit():
        count = min(count, max(1, round(int(quota[0]) / int(quota[1]))))
    else:
        period, share = words_of("/sys/fs/cgroup/cpu/cpu.cfs_period_us"), words_of("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")
        if period and share and int(share[0]) > 0:
            count = min(count, max(1, round(int(share[0]) / int(period[0]))))
    return count


def memory():
    """Bytes that are free for builds."""
    found = []
    for line in lines_of("/proc/meminfo"):
        if line.startswith("MemAvailable:"):
            found.append(int(line.split()[1]) * 1024)
    for most, used in (("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes")):
        a, b = words_of("/sys/fs/cgroup/" + most), words_of("/sys/fs/cgroup/" + used)
        if a and b and a[0].isdigit():
            found.append(int(a[0]) - int(b[0]))
    return min(found, default=MEMORY)


def words_of(path):
    lines = lines_of(path)
    return lines[0].split() if lines else []


def lines_of(path):
    try:
        with open(path, encoding="ascii") as f:
            return f.read().splitlines()
    except OSError:
        return []


class Pool:
    """Runs tasks, which have a weight (expected cost, in any unit) and run(jobs). Tasks may be added at any time."""

    def __init__(self, width=None, processors=None):
        self.cores = processors or cores()
        self.width = width or max(1, min(self.cores, int(memory() / MEMORY)))
        self.waiting, self.running, self.threads, self.done = [], [], 0, 0
        self.changed = threading.Condition()

    def add(self, tasks):
        with self.changed:
            self.waiting += tasks
            self.waiting.sort(key=lambda t: -t.weight)
            for _ in range(min(self.width - self.threads, len(tasks))):
                self.threads += 1
                threading.Thread(target=self.work, daemon=True).start()

    def work(self):
        while True:
            with self.changed:
                if not self.waiting:
                    self.threads -= 1
                    self.changed.notify_all()
                    return
                task = self.waiting.pop(0)
                self.running.append(task)
                jobs = self.jobs(task)
            try:
                task.run(jobs)
            finally:
                with self.changed:
                    self.running.remove(task)
                    self.done += 1
                    self.changed.notify_all()

    def jobs(self, task):
        """The share of the cores for a task's own processes."""
        unfinished = sum(t.weight for t in [*self.waiting, *self.running])
        return max(1, min(self.cores, round(self.cores * task.weight / unfinished)))

    def place(self, task):
        """How far the pool is as the task ends: finished, of how many, and how many others run."""
        with self.changed:
            others = len([t for t in self.running if t is not task])
            return self.done + 1, self.done + len(self.running) + len(self.waiting), others

    def wait(self, tell=lambda running: None, every=60):
        """Returns when every task has ended. Tells every so many seconds which ones run, for a log that stands still worries people."""
        with self.changed:
            while not self.changed.wait_for(lambda: not self.threads, every):
                tell(list(self.running))
