"""Works jobs off on this machine, some side by side; anything that is timed waits for its turn by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed

from grader.batch.plan import Job
from grader.batch.record import Record
from grader.batch.work import Settings, work_off


def run(jobs: Iterable[Job], settings: Settings, workers: int, finished: Callable[[Record], None]) -> None:
    """Work off every job; each record is handed to `finished`, in this thread, as soon as it is known."""
    with ThreadPoolExecutor(workers) as pool:
        started = [pool.submit(work_off, job, settings) for job in jobs]
        try:
            for one in as_completed(started):
                finished(one.result())
        except BaseException:  # Ctrl-C, a full disk: what has begun ends, the rest is left for the next run
            pool.shutdown(wait=False, cancel_futures=True)
            raise
