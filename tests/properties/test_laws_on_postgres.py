"""The laws hold on PostgreSQL too, tried on fewer histories: each takes longer."""

import uuid
from collections.abc import Iterator

import pytest
from hypothesis import given, settings

from tests.postgres import Cluster
from tests.properties.benches import OnPostgres, using
from tests.properties.every_law import LAWS, STATED_IN

FEWER = settings(max_examples=settings().max_examples // 20 + 1)


@pytest.fixture(scope="module")
def on_postgres(postgres: Cluster, postgres_template: str) -> Iterator[None]:
    """Try the laws on one database, which is dropped in the end."""
    name = f"laws_{uuid.uuid4().hex}"
    bench = OnPostgres(postgres.create_database(name, template=postgres_template))
    with using(bench):
        yield
    bench.database.close()
    postgres.drop_database(name)


@pytest.mark.usefixtures("on_postgres")
@pytest.mark.parametrize("name", sorted(LAWS))
def test_the_law_holds(name: str) -> None:
    """Each law, as it is stated in its own file."""
    drawn, law = LAWS[name]
    assert law.__module__ in {module.__name__ for module in STATED_IN}
    FEWER(given(*drawn)(law))()
