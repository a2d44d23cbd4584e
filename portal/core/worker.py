"""The worker process: jobs, the clock that sweeps what is due, and the rescue of a killed worker's jobs."""

import asyncio
import logging
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import procrastinate
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections
from procrastinate.contrib.django import app as django_app
from procrastinate.contrib.django.db_cleanup import DjangoApp
from procrastinate.jobs import Job

from portal.core import clock
from portal.core.sweeps import tick

logger = logging.getLogger(__name__)

# Jobs at once by queue: a hung shop or help desk holds up its own queue and no mail.
QUEUES = {"default": 2, "mail": 2, "tickets": 1, "shop": 1, "comments": 1, "stock": 1}
HEARTBEAT_SECONDS = 5
STALLED_AFTER_SECONDS = 20
RESCUE_EVERY_SECONDS = 5
TIDY_EVERY_SECONDS = 600
KEEP_DONE_HOURS = 72

# The demo puts its own clock here, which can be moved forward.
tick_clock: list[Callable[[], datetime]] = [clock.now]


def run() -> None:
    """Work until SIGTERM or SIGINT; running jobs get a few seconds to end."""
    asyncio.run(_run())


async def _run() -> None:
    app = _worker_app()
    async with app.open_async():
        # A thread for each job and for the clock, however few cores there are: a hung system must not stop time.
        threads = ThreadPoolExecutor(sum(QUEUES.values()) + 4)
        asyncio.get_running_loop().set_default_executor(threads)
        asked_to_stop = asyncio.Event()
        for each in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(each, asked_to_stop.set)
        stop = asyncio.create_task(asked_to_stop.wait())
        work = [asyncio.create_task(_work(app, queue, jobs)) for queue, jobs in QUEUES.items()]
        beside = [asyncio.create_task(each) for each in (_tick_for_ever(), _rescue_for_ever(app), _tidy(app))]
        done, running = await asyncio.wait([stop, *work, *beside], return_when=asyncio.FIRST_COMPLETED)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for task in done:
            # A clock that died must take the worker with it: the supervisor then starts a whole one.
            task.result()


async def _work(app: procrastinate.App, queue: str, jobs: int) -> None:
    await app.run_worker_async(
        queues=[queue],
        name=queue,
        concurrency=jobs,
        install_signal_handlers=False,
        update_heartbeat_interval=HEARTBEAT_SECONDS,
        stalled_worker_timeout=STALLED_AFTER_SECONDS,
        shutdown_graceful_timeout=5,
    )


def _worker_app() -> procrastinate.App:
    # An app of its own with the same tasks. Replacing the connector of the shared one would make a job's own
    # `defer` leave Django's transaction, and with it the promise that a job is committed with its decision.
    app = DjangoApp(connector=django_app.connector.get_worker_connector())  # type: ignore[attr-defined]
    app.tasks = django_app.tasks
    return app


async def _tick_for_ever() -> None:
    while True:
        await sync_to_async(_tick_once, thread_sensitive=False)()
        await asyncio.sleep(settings.TICK_SECONDS)


def _tick_once() -> None:
    close_old_connections()
    try:
        tick(tick_clock[0]())
    finally:
        close_old_connections()


async def _rescue_for_ever(app: procrastinate.App) -> None:
    while True:
        try:
            stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS)
            for job in stalled:
                await _rescue(app, job)
        except Exception:
            # The database may be away for a moment; the next round finds the same jobs.
            logger.exception("Looking for stalled jobs failed")
        await asyncio.sleep(RESCUE_EVERY_SECONDS)


async def _rescue(app: procrastinate.App, job: Job) -> None:
    try:
        await app.job_manager.retry_job(job)
        logger.warning("Job %s of a dead worker runs again", job.id)
    except Exception:
        # One that cannot be helped must not keep the others waiting.
        logger.exception("Job %s of a dead worker could not be started again", job.id)


async def _tidy(app: procrastinate.App) -> None:
    while True:
        await asyncio.sleep(TIDY_EVERY_SECONDS)
        try:
            await app.job_manager.delete_old_jobs(nb_hours=KEEP_DONE_HOURS)
        except Exception:
            logger.exception("Removing old jobs failed")
