"""Works jobs off on a Ray cluster; a job whose worker dies is started again on another one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from grader.batch.plan import Job
from grader.batch.record import Record, broken
from grader.batch.work import Settings, work_off
from harness.errors import UsageError


def run(
    jobs: Sequence[Job], settings: Settings, workers: int, finished: Callable[[Record], None], address: str | None
) -> None:  # fmt: skip
    """Work off every job on the cluster at `address`, or on one that is started here with `workers` processors.

    Raises:
        UsageError: Ray is not installed, or there is no cluster at that address.
    """
    try:
        import ray  # noqa: PLC0415 - an extra that most installations do without
    except ImportError as error:
        raise UsageError("--engine ray needs Ray: python -m pip install 'superfast[ray]'") from error
    here = {"num_cpus": workers} if address is None else {}
    if not ray.is_initialized():
        try:
            ray.init(address=address, include_dashboard=False, log_to_driver=False, **here)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise UsageError(f"no Ray cluster at {address}: {error}") from error
    # Ray starts a task again when its worker has died; faults of the judge are looked after within.
    task: Any = ray.remote(work_off)
    has_gpus = ray.cluster_resources().get("GPU", 0) > 0
    pending = {}
    for job in jobs:
        gpus = 1 if has_gpus and "cuda" in job.lanes else 0
        pending[task.options(num_gpus=gpus, max_retries=settings.retries).remote(job, settings)] = job
    while pending:
        (done,), _ = ray.wait(list(pending), num_returns=1)
        job = pending.pop(done)
        try:
            finished(ray.get(done))
        except ray.exceptions.RayError as error:
            text = " ".join(str(error).split())[:400]
            finished(broken(job, settings.retries + 1, 0.0, f"its worker died {settings.retries + 1} times: {text}"))
