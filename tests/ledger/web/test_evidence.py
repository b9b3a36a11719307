"""An outsider checks what the server says of the record, without trusting the server."""

import pytest
from starlette.testclient import TestClient

from ledger.api import Ledger
from ledger.checkpoints import Checkpoint
from ledger.formats import proof


def test_a_proof_from_the_server_checks_without_it(client: TestClient, ledger: Ledger) -> None:
    """The bundle of an event is sound, and made for the checkpoint of now."""
    for position in (1, 49, 88):
        bundle = client.get(f"/api/proofs/{position}").content
        assert proof.check(bundle) == Checkpoint.parse(client.get("/api/checkpoint").text)
        assert proof.check(bundle).size == ledger.head


def test_growth_from_the_server_is_what_the_library_proves(
    client: TestClient, ledger: Ledger
) -> None:
    """From a size that was kept to another, or to now."""
    for old, new in ((49, 60), (49, None)):
        wanted = {"old": old} | ({} if new is None else {"new": new})
        given = client.get("/api/consistency", params=wanted).json()
        assert given == proof.growth(ledger.consistency(old, new), None, None)


@pytest.mark.parametrize(
    ("path", "status"),
    [("proofs/4711", 404), ("proofs/0", 400), ("consistency?old=4711", 400), ("consistency", 400)],
)
def test_what_is_not_there_is_not_proved(client: TestClient, path: str, status: int) -> None:
    """A position or a size past the end is refused in a sentence."""
    assert client.get(f"/api/{path}").status_code == status
