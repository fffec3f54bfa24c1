"""Tests of the pool that runs builds side by side."""

import threading
import unittest
from unittest import mock

from case import Case
from wheelhouse import pool


class Task:
    def __init__(self, weight, done, jobs):
        self.weight, self.done, self.jobs = weight, done, jobs

    def run(self, jobs):
        self.done.append(self.weight)
        self.jobs.append(jobs)


class Pools(Case):
    def test_longest_first_with_most_cores(self):
        done, jobs = [], []
        p = pool.Pool(width=1, processors=8)
        p.add([Task(w, done, jobs) for w in (1, 5, 2)])
        p.wait()
        self.assertEqual((done, jobs), ([5, 2, 1], [5, 5, 8]))

    def test_side_by_side(self):
        meet = threading.Barrier(2, timeout=30)  # breaks where one waits for the other

        class Meets(Task):
            def run(self, jobs):
                meet.wait()
                super().run(jobs)

        done, jobs = [], []
        p = pool.Pool(width=2, processors=2)
        p.add([Meets(1, done, jobs), Meets(1, done, jobs)])
        p.wait()
        self.assertEqual(jobs, [1, 1])

    def test_tells_what_runs(self):
        told = threading.Event()

        class Waits(Task):
            def run(self, jobs):
                self.told = told.wait(30)

        task = Waits(1, [], [])
        p = pool.Pool(width=1, processors=1)
        p.add([task])
        p.wait(lambda running: running == [task] and told.set(), every=0.01)
        self.assertTrue(task.told)

    def test_width(self):
        for cores, memory, width in ((8, 64e9, 8), (8, 4e9, 2), (2, 1e9, 1)):
            with mock.patch.object(pool, "cores", return_value=cores), mock.patch.object(pool, "memory", return_value=memory):
                self.assertEqual(pool.Pool().width, width)


if __name__ == "__main__":
    unittest.main()
