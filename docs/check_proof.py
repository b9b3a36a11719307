"""Check a proof of `proceedings` without it: python check_proof.py FILE.json VKEY."""

import base64
import hashlib
import json
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def check_checkpoint(note, vkey):
    """Return size and root of a checkpoint that the owner of the key signed."""
    name, key_id, key = vkey.strip().split("+", 2)
    text, _, signatures = note.rpartition("\n\n")
    for line in signatures.splitlines():
        _, signer, encoded = line.split(" ")
        signature = base64.b64decode(encoded)
        if (signer, signature[:4].hex()) == (name, key_id):
            public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key)[1:])
            public.verify(signature[4:], f"{text}\n".encode())  # raises InvalidSignature
            _, size, root = text.split("\n")[:3]
            return int(size), base64.b64decode(root)
    sys.exit(f"not signed by {name}")


def root_from(header, position, size, proof):
    """Return the root that an inclusion proof leads to (RFC 9162, section 2.1.3.2)."""
    found, at, last = hashlib.sha256(b"\x00" + header).digest(), position - 1, size - 1
    for sibling in map(bytes.fromhex, proof):
        if at & 1 or at == last:
            found = node(sibling, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node(found, sibling)
        at, last = at >> 1, last >> 1
    return found if last == 0 else None


bundle, vkey = json.load(open(sys.argv[1], encoding="utf-8")), sys.argv[2]
size, root = check_checkpoint(bundle["checkpoint"], vkey)
for event in bundle["events"]:
    header = json.loads(event["header"])
    if not 1 <= header["position"] <= size or root != root_from(
        event["header"].encode(), header["position"], size, event["proof"]
    ):
        sys.exit(f"event {header['position']} is not in the log of the checkpoint")
    for part in {"body", "private"} & event.keys():
        salted = bytes.fromhex(event[f"{part}_salt"]) + event[part].encode()
        if hashlib.sha256(salted).hexdigest() != header[f"{part}_hash"]:
            sys.exit(f"event {header['position']}: its {part} is not what was recorded")
    print(header["position"], header["type"], header["recorded_at"], event.get("body", ""))
print(f"all in the log of {size} events with the root {root.hex()}")
