"""Passwords are hashed by the real algorithm at a low price; `real_price` is for tests of how long hashing takes."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher

from tests.plugins.cast import hashed_password

PRICE = ("time_cost", "memory_cost", "parallelism")
LOW = {"time_cost": 1, "memory_cost": 64, "parallelism": 1}
REAL = {name: getattr(Argon2PasswordHasher, name) for name in PRICE}


def set_price(patch: pytest.MonkeyPatch, price: dict[str, int]) -> None:
    """Let hashing cost this; the cast's password is hashed anew."""
    for name in PRICE:
        patch.setattr(Argon2PasswordHasher, name, price[name])
    hashed_password.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def hash_quickly() -> Iterator[None]:
    """Hashing is slow on purpose, and hundreds of tests sign in."""
    with pytest.MonkeyPatch.context() as patch:
        set_price(patch, LOW)
        yield


@pytest.fixture
def real_price() -> Iterator[None]:
    """What production pays. To be asked for before the cast: `usefixtures`."""
    with pytest.MonkeyPatch.context() as patch:
        set_price(patch, REAL)
        yield
    hashed_password.cache_clear()
