"""Tests across features use the same cast."""

from portal.conftest import (  # noqa: F401 -- fixtures
    ada,
    ada_client,
    adas_partner,
    ben,
    ben_client,
    eve,
    eve_client,
    everything,
    eves_partner,
    mona,
    mona_client,
    run_jobs,
    vera,
    vera_client,
)
from tests.crawling import made_world, world  # noqa: F401 -- fixtures
