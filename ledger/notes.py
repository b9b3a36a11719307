"""Signed notes: a text, and below it who signed it.

The form is that of https://c2sp.org/signed-note, with Ed25519 signatures; keys are written as Go's
`sumdb/note` package writes them. Whoever has another program for such notes can check ours.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from ledger.errors import FalseSignature, InvalidKey, InvalidNote

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_ED25519: Final = b"\x01"
_ID_SIZE: Final = 4
_KEY_SIZE: Final = 32
_PRIVATE: Final = "PRIVATE+KEY+"
_DASH: Final = "\u2014 "
_MOST_SIGNATURES: Final = 100
MOST_BYTES: Final = 1 << 20
"""A note of more bytes is refused before it is looked at."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key, and the name of who signs with its other half; `str` writes it as one line."""

    name: str
    public: bytes
    """32 bytes, as RFC 8032 has them."""

    def __post_init__(self) -> None:
        _expect_name(self.name)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read NAME+ID+KEY. Raises `InvalidKey`."""
        if text.startswith(_PRIVATE):
            raise InvalidKey("this is a private key: keep it to yourself, and give the public one")
        name, key_id, public = _taken_apart(text)
        key = cls(name, public)
        if key.key_id.hex() != key_id:
            raise InvalidKey(f"the key of {name!r} has the id {key.key_id.hex()}, not {key_id!r}")
        return key

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{_base64(_ED25519 + self.public)}"

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell the keys of one name apart; they are no secret, and no proof."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:_ID_SIZE]

    def verifies(self, text: str, signature: bytes) -> bool:
        """Say whether the owner of the key signed a text."""
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - 20 ms
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

        try:
            ed25519.Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key; it is never shown but by `private_text`."""

    name: str
    _seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _expect_name(self.name)

    @classmethod
    def new(cls, name: str) -> Self:
        """Draw a new key. Raises `InvalidKey` for a name that no key can have."""
        return cls(name, os.urandom(_KEY_SIZE))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `private_text` wrote. Raises `InvalidKey`, which repeats nothing of it."""
        if not text.startswith(_PRIVATE):
            raise InvalidKey("this is no private key: `proceedings keys new` makes one")
        name, key_id, seed = _taken_apart(text.removeprefix(_PRIVATE))
        key = cls(name, seed)
        if key.verifier.key_id.hex() != key_id:
            raise InvalidKey(f"the private key of {name!r} was damaged")
        return key

    def private_text(self) -> str:
        """Return the key as one line, for its file and nothing else."""
        key_id = self.verifier.key_id.hex()
        return f"{_PRIVATE}{self.name}+{key_id}+{_base64(_ED25519 + self._seed)}"

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, self._private.public_key().public_bytes_raw())

    def sign(self, text: str) -> bytes:
        """Return the signature of a text."""
        return self._private.sign(text.encode())

    @property
    def _private(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

        return ed25519.Ed25519PrivateKey.from_private_bytes(self._seed)


class Signature(NamedTuple):
    """A line below a note's text, not checked."""

    name: str
    key_id: bytes
    signature: bytes


class Note(NamedTuple):
    """A text and the signatures below it, none of them checked."""

    text: str
    """Ends with a newline."""
    signatures: tuple[Signature, ...]
    """None: the text stands alone."""

    @classmethod
    def parse(cls, note: str) -> Self:
        """Read a note, or a text that nobody signed. Raises `InvalidNote`."""
        if any(character < " " and character != "\n" for character in note):
            raise InvalidNote("there is a control character in it")
        if not note.endswith("\n"):
            raise InvalidNote("its last line does not end")
        text, blank, below = note.rpartition("\n\n")
        if not blank:
            return cls(note, ())
        lines = below.split("\n")[:-1]
        if len(lines) > _MOST_SIGNATURES:
            raise InvalidNote(f"it has more than {_MOST_SIGNATURES} signatures")
        return cls(f"{text}\n", tuple(map(_signature, lines)))

    def __str__(self) -> str:
        lines = (f"{_DASH}{s.name} {_base64(s.key_id + s.signature)}\n" for s in self.signatures)
        return f"{self.text}\n{''.join(lines)}" if self.signatures else self.text

    def signed(self, key: SigningKey) -> Note:
        """Return the note with one more signature."""
        added = Signature(key.name, key.verifier.key_id, key.sign(self.text))
        return Note(self.text, (*self.signatures, added))

    def also_signed(self, other: Note) -> Note:
        """Return the note with what signatures another one has of the same text besides."""
        more = [signature for signature in other.signatures if signature not in self.signatures]
        return Note(self.text, (*self.signatures, *more))

    def expect_signed(self, keys: Sequence[VerifierKey]) -> VerifierKey:
        """Return the first of the keys that signed the text.

        Signatures of others are left alone. Raises `FalseSignature` if none of the keys signed it,
        or if a signature that says it is of one of them is not.
        """
        known = {(key.name, key.key_id): key for key in keys}
        signers: list[VerifierKey] = []
        for name, key_id, signature in self.signatures:
            key = known.get((name, key_id))
            if key is None:
                continue
            if not key.verifies(self.text, signature):
                raise FalseSignature(
                    f"the signature of {name} is not of this text: the text was altered, or the "
                    "signature made up"
                )
            signers.append(key)
        if not signers:
            others = ", ".join(sorted({s.name for s in self.signatures})) or "nobody"
            wanted = " or ".join(f"{key.name}+{key.key_id.hex()}" for key in keys)
            raise FalseSignature(f"it is not signed by {wanted}; it is signed by {others}")
        return signers[0]


def _signature(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    decoded = _decoded(encoded)
    if not line.startswith(_DASH) or not name or not space or decoded is None:
        raise InvalidNote("below its last empty line there is a line that is no signature")
    if len(decoded) <= _ID_SIZE:
        raise InvalidNote(f"the signature of {name!r} is cut short")
    return Signature(name, decoded[:_ID_SIZE], decoded[_ID_SIZE:])


def _taken_apart(text: str) -> tuple[str, str, bytes]:
    name, _, rest = text.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    decoded = _decoded(encoded)
    if decoded is None or len(decoded) != 1 + _KEY_SIZE or not decoded.startswith(_ED25519):
        raise InvalidKey("a key is one line, NAME+ID+KEY, and KEY is 33 bytes in base64")
    return name, key_id, decoded[1:]


def _expect_name(name: str) -> None:
    if not name or "+" in name or not name.isprintable() or any(map(str.isspace, name)):
        raise InvalidKey(
            f"a key cannot be called {name!r}: give a name without spaces and plus signs, best as "
            "an address of yours (lakes.example/record)"
        )


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


def _decoded(text: str) -> bytes | None:
    """Decode base64 in its one proper spelling."""
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        return None
    return data if _base64(data) == text else None
