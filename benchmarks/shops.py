"""A generated shop, and the settings of a portal that reads it."""

import argparse
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from portal.runtime.postgres import OWNER_ROLE, Cluster
from tests.mariadb import MariaDB

FOLDER = "benchmarks/shop"


def fill_shop(shop: MariaDB, folder: Path, sizes: argparse.Namespace) -> None:
    """:param sizes: how many orders, partners and courses
    :param folder: gets partners.csv
    """
    shop.create_database("bench")
    numbers = [f"--{name}={getattr(sizes, name)}" for name in ("orders", "partners", "courses")]
    command = [sys.executable, f"{FOLDER}/generate.py", *numbers, "--schema", f"{FOLDER}/magento_schema.sql"]
    command += ["--load", shop.url("bench"), "--partners-csv", str(folder / "partners.csv")]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    shop.create_user("reader", "reads", ["SELECT ON bench.*"])


def environment_of(shop: MariaDB, cluster: Cluster, *, start_at: datetime) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": cluster.url(),
        "MIGRATION_DATABASE_URL": cluster.url(OWNER_ROLE),
        "SECRET_KEY": "b" * 40,
        "LINK_SECRET": "b" * 40,
        "MAGENTO_DATABASE_URL": shop.url("bench", "reader", "reads"),
        "BOOKINGS_START_AT": start_at.isoformat(),
        "LOG_LEVEL": "WARNING",
    }
