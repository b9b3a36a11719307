"""A note is believed if who should have signed it did, and only then."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.checkpoints import Checkpoint
from ledger.errors import FalseSignature, InvalidKey, InvalidNote
from ledger.notes import Note, SigningKey, VerifierKey

# The example of the documentation of Go's golang.org/x/mod/sumdb/note.
GO_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = """\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.

\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""  # noqa: E501 - a signature is one line
# The example of c2sp.org/tlog-checkpoint; its key is not told there.
C2SP_CHECKPOINT = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
"""  # noqa: E501
KEY = SigningKey("lakes.example/record", bytes(range(32)))
OTHER = SigningKey("lakes.example/record", bytes(32))
WITNESS = SigningKey("witness.example", b"w" * 32)
CHECKPOINT = Checkpoint("lakes.example/record", 88, bytes(32))
SIGNED = CHECKPOINT.note.signed(KEY)


def test_agrees_with_go() -> None:
    """The same key writes the same note as the program that the format comes from."""
    key = SigningKey.parse(GO_PRIVATE)
    assert (key.private_text(), str(key.verifier)) == (GO_PRIVATE, GO_PUBLIC)
    note = Note.parse(GO_NOTE)
    assert str(note) == GO_NOTE
    assert note.expect_signed([VerifierKey.parse(GO_PUBLIC)]).name == "PeterNeumann"
    assert str(Note(note.text, ()).signed(key)) == GO_NOTE


def test_reads_the_checkpoint_of_the_specification() -> None:
    """Origin, size and root of a stranger's checkpoint are read, and written back as they were."""
    note = Note.parse(C2SP_CHECKPOINT)
    checkpoint = Checkpoint.parse(note.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.note.text == note.text
    assert str(note) == C2SP_CHECKPOINT


def test_extension_lines_are_signed_and_left_alone() -> None:
    """Lines that somebody adds below the third belong to the text, and change nothing."""
    note = Note(CHECKPOINT.note.text + "more\n", ()).signed(KEY)
    again = Note.parse(str(note))
    again.expect_signed([KEY.verifier])
    assert Checkpoint.parse(again.text) == CHECKPOINT


@given(st.integers(0, len(str(SIGNED).encode()) - 1), st.integers(1, 255))
def test_no_altered_byte_passes(at: int, flipped: int) -> None:
    """Whatever byte of a signed note is changed, the note is not believed."""
    data = bytearray(str(SIGNED).encode())
    data[at] ^= flipped
    with pytest.raises((FalseSignature, InvalidNote, UnicodeDecodeError)):
        Note.parse(bytes(data).decode()).expect_signed([KEY.verifier])


def test_another_key_of_the_same_name_does_not_pass() -> None:
    """A name is no proof, and neither is the short id that tells keys apart."""
    with pytest.raises(FalseSignature, match=r"it is signed by lakes\.example/record"):
        SIGNED.expect_signed([OTHER.verifier])
    [signature] = SIGNED.signatures
    forged = SIGNED._replace(signatures=(signature._replace(signature=OTHER.sign(SIGNED.text)),))
    with pytest.raises(FalseSignature, match="not of this text"):
        forged.expect_signed([KEY.verifier])
    with pytest.raises(FalseSignature, match="signed by nobody"):
        CHECKPOINT.note.expect_signed([KEY.verifier])


def test_several_can_sign() -> None:
    """A witness's signature stands beside the log's, each for whoever trusts its key."""
    note = Note.parse(str(SIGNED.signed(WITNESS)))
    assert note.expect_signed([WITNESS.verifier]) == WITNESS.verifier
    assert note.expect_signed([KEY.verifier]) == KEY.verifier
    assert SIGNED.also_signed(note) == note


@given(st.text(min_size=1, max_size=20), st.binary(min_size=32, max_size=32))
def test_keys_survive_being_written(name: str, seed: bytes) -> None:
    """What a key writes, it reads; or the name is refused, in a sentence."""
    try:
        key = SigningKey(name, seed)
    except InvalidKey as error:
        assert "cannot be called" in str(error)  # noqa: PT017 - either may be
        return
    assert SigningKey.parse(key.private_text()) == key
    assert VerifierKey.parse(str(key.verifier)) == key.verifier


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PeterNeumann",
        GO_PRIVATE,
        GO_PUBLIC[1:],
        GO_PUBLIC[:-1],
        GO_PUBLIC.replace("c74f20a3", "c74f20a4"),
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_refuses_what_is_no_public_key(text: str) -> None:
    """A key that was cut, or altered, or is of another kind, or private, is not taken."""
    with pytest.raises(InvalidKey):
        VerifierKey.parse(text)


def test_a_private_key_is_never_shown() -> None:
    """Neither what shows a key nor what refuses one repeats its private half."""
    secret = KEY.private_text().rpartition("+")[2]
    assert secret not in f"{KEY!r} {KEY} {KEY.verifier!r}"
    assert "_seed" not in repr(KEY)
    for damaged in (KEY.private_text()[:-1], KEY.private_text().replace("+", "-", 3)):
        with pytest.raises(InvalidKey) as refused:
            SigningKey.parse(damaged)
        assert secret[:-1] not in str(refused.value)
    with pytest.raises(InvalidKey) as refused:
        VerifierKey.parse(KEY.private_text())
    assert secret not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n",
        "a\n1\n\n",
        "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n\u0661\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n" + "9" * 5000 + "\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jx\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
    ],
)
def test_refuses_what_is_no_checkpoint(text: str) -> None:
    """A line too few, a number written oddly, half a root: refused, never guessed."""
    with pytest.raises(InvalidNote):
        Checkpoint.parse(text)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text makes a note's reader stumble, and what it reads it writes back."""
    try:
        note = Note.parse(text)
    except InvalidNote:
        return
    assert str(note) == text
