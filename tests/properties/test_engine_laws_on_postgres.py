"""The laws of the engine hold on PostgreSQL too, tried on fewer histories: each takes longer."""

import uuid
from collections.abc import Iterator

import pytest
from hypothesis import given, settings

from tests.postgres import Cluster
from tests.properties import test_engine_laws as engine
from tests.properties.benches import OnPostgres, using

FEWER = settings(max_examples=settings().max_examples // 20)


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
@pytest.mark.parametrize("name", engine.LAWS)
def test_the_law_holds(name: str) -> None:
    """Each law, as it is stated in `test_engine_laws`."""
    drawn, law = engine.LAWS[name]
    FEWER(given(*drawn)(law))()
