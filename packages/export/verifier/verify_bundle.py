#!/usr/bin/env python3
"""Checks an evidence bundle of Shiplog. It needs Python 3.8 and nothing else: no package, no network, no Shiplog.

    python3 verify_bundle.py BUNDLE --key KEY [--against NOTE]

KEY is the log's verifier key (NAME+ID+KEY, or a file with it), which you got from somebody else than whoever gave you the
bundle. NOTE is a file with a checkpoint of the log that you kept.

A bundle is a text file. Its first line is a JSON object, the head; each further line is one record of the log:

    {"position": 7, "leaf": "<hash>", "record": "<the stored text>"}      or "base64" for bytes that are no UTF-8

or, where it has payloads, behind all records one that they refer to:

    {"sha256": "<hash>", "payload": "<the stored text>"}                  or "base64"

What is checked, in this order:

 1. Records. The bytes of each give a leaf hash, SHA-256(0x00 || bytes), RFC 6962, 2.1. It is the one in "leaf", which is
    what the log's tree has; and each says its own position.
 2. Tree. Those hashes and the ones in head["proof"] give the root of the log's Merkle tree, whose inner nodes are
    SHA-256(0x01 || left || right). The proof has the roots of the largest subtrees of which no record is in the bundle,
    from left to right.
 3. Checkpoint. That root and the tree's size stand in the checkpoint, a signed note (C2SP tlog-checkpoint) whose Ed25519
    signature (RFC 8032) is the key's.
 4. Wholeness. Between the first and the last position no record is missing. Where the bundle is a choice, of a task or a
    namespace, each record says its number in its task's history, and no number is missing.
 5. With --against: the checkpoint that was kept is signed by the same key, and the log of the bundle begins with all that
    the log had then (RFC 6962, 2.1.2).
 6. Payloads, where it has them. The SHA-256 of each is what a record in the bundle refers to. What records refer to and the
    bundle has not is told: it was shredded, or is left out. Secrets are never in it.

Not proved: that the log was told the truth; the schema, and what the head says was asked for. It ends with 0 for VERIFIED,
1 where something does not hold, 2 where the bundle cannot be read, 3 where all holds and no --key was given.
"""
import argparse
import base64
import bisect
import hashlib
import json
import re
import sys

MAX_LINE = 128 * 1024 * 1024
MAX_TOLD = 20


class Refused(Exception):
    """What cannot be read, in words."""


# --- Ed25519: RFC 8032, 5.1.7, in its own words ---

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def recover_x(y, sign):
    """The x of a point of the curve, or None where there is none."""
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P != 0:
        x = x * SQRT_M1 % P
    if (x * x - x2) % P != 0 or (x == 0 and sign == 1):
        return None
    return P - x if x & 1 != sign else x


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def add(p, q):
    """Points are (X, Y, Z, T): x = X/Z, y = Y/Z, x * y = T/Z."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(s, p):
    q = (0, 1, 1, 0)
    while s > 0:
        if s & 1:
            q = add(q, p)
        p, s = add(p, p), s >> 1
    return q


def decode_point(b):
    y = int.from_bytes(b, "little") & (2**255 - 1)
    x = recover_x(y, b[31] >> 7) if y < P else None
    return None if x is None else (x, y, 1, x * y % P)


def ed25519_verify(public_key, message, signature):
    if len(public_key) != 32 or len(signature) != 64:
        return False
    a, r = decode_point(public_key), decode_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    k = int.from_bytes(digest, "little") % L
    left, right = multiply(s, BASE), add(r, multiply(k, a))
    return all((left[i] * right[2] - right[i] * left[2]) % P == 0 for i in (0, 1))


# --- The Merkle tree: RFC 6962, 2.1 ---

def leaf_hash(data):
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def power_below(n):
    """The largest power of two that is smaller than n."""
    return 1 << (n - 1).bit_length() - 1


def root_of(positions, hashes, size, proof):
    """The root of a tree of `size` leaves, of which those at some positions (from 1, ascending) are known; else None."""
    rest = iter(proof)

    def subtree(start, end):
        first = bisect.bisect_left(positions, start + 1)
        if first == len(positions) or positions[first] > end:
            return next(rest)  # none of its leaves is known
        if end - start == 1:
            return hashes[first]
        middle = start + power_below(end - start)
        left = subtree(start, middle)
        return node_hash(left, subtree(middle, end))

    try:
        root = subtree(0, size)
    except StopIteration:
        return None
    return root if next(rest, None) is None else None


def begins_with(old_size, old_root, size, root, proof):
    """Whether the proof shows that the tree of `size` leaves began as the older one: SUBPROOF of 2.1.2, read backwards."""
    rest = iter(proof)

    def roots(old, new, is_old_tree):
        """Of a subtree of `new` leaves: the root that it had when it had `old` of them, and the one that it has."""
        if old == new:
            both = old_root if is_old_tree else next(rest)
            return both, both
        middle = power_below(new)
        if old <= middle:
            before, after = roots(old, middle, is_old_tree)
            return before, node_hash(after, next(rest))
        before, after = roots(old - middle, new - middle, False)
        left = next(rest)
        return node_hash(left, before), node_hash(left, after)

    try:
        return 0 < old_size <= size and roots(old_size, size, True) == (old_root, root) and next(rest, None) is None
    except StopIteration:
        return False


# --- Signed notes and checkpoints: C2SP signed-note, tlog-checkpoint ---

def from_base64(text, what):
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        raise Refused(what + " is not base64")
    if base64.b64encode(data).decode() != text:
        raise Refused(what + " is base64 in an odd form")
    return data


def parse_key(text):
    """NAME+ID+KEY: the ID binds name and key; the first byte of the key, 1, says that it is of Ed25519."""
    match = re.fullmatch(r"([^\s+]+)\+([0-9a-f]{8})\+(\S+)", text)
    if not match:
        raise Refused("this is no verifier key, which looks like NAME+ID+KEY: " + ascii(text))
    name, key_id, encoded = match.groups()
    key = from_base64(encoded, "the verifier key")
    if len(key) != 33 or key[0] != 1:
        raise Refused("the verifier key is none of Ed25519: " + ascii(text))
    if hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8] != key_id:
        raise Refused("the ID in the verifier key is not that of its name and key: " + ascii(text))
    return name, bytes.fromhex(key_id), key[1:]


def parse_checkpoint(note, key):
    """The size and the root that a note says, and whether the key has signed it."""
    text, blank, signatures = note.rpartition("\n\n")
    lines = text.split("\n")
    if not blank or not note.endswith("\n") or len(lines) < 3 or not re.fullmatch("0|[1-9][0-9]{0,15}", lines[1], re.ASCII):
        raise Refused("the checkpoint is no checkpoint")
    root = from_base64(lines[2], "the root in the checkpoint")
    name, key_id, public_key = key
    if lines[0] != name:
        raise Refused("the checkpoint is of the log %s, and the key is of %s" % (ascii(lines[0]), ascii(name)))
    signed = False
    for line in signatures[:-1].split("\n"):
        match = re.fullmatch("\u2014 ([^ +]+) ([A-Za-z0-9+/]+=*)", line)
        if not match:
            raise Refused("a line below the checkpoint is no signature")
        signature = from_base64(match.group(2), "a signature")
        if match.group(1) == name and signature[:4] == key_id:
            signed = signed or ed25519_verify(public_key, (text + "\n").encode(), signature[4:])
    return int(lines[1]), root, signed


# --- The bundle: strictly what its writer writes, so that no two readers read it differently ---

def no_doubles(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Refused("an object has two members of one name")
    return members


def whole_number(digits):
    if len(digits) > 16:
        raise Refused("a number is too large")
    return int(digits)


def no_number(text):
    raise Refused("a number is not whole: " + text[:40])


def parse_line(text):
    try:
        return json.loads(text, object_pairs_hook=no_doubles, parse_int=whole_number, parse_float=no_number, parse_constant=no_number)
    except (ValueError, RecursionError):
        raise Refused("a line is not JSON, or nested too deeply: was the file cut short?")


def has(value, shape):
    """Whether a value has this shape: a type, a list of one shape, or the members of an object."""
    if isinstance(shape, dict):
        return type(value) is dict and set(value) == set(shape) and all(has(value[name], shape[name]) for name in shape)
    if isinstance(shape, list):
        return type(value) is list and all(has(item, shape[0]) for item in value)
    return re.fullmatch("[0-9a-f]{64}", value) is not None if shape == HASH and type(value) is str else type(value) is shape


HASH = "a hash"
HEAD = {"format": str, "selection": dict, "range": [int], "checkpoint": str, "key": str, "records": int, "proof": [HASH],
        "schema": dict}
FORMATS = {"shiplog-evidence-bundle/1": HEAD, "shiplog-evidence-bundle/2": {**HEAD, "payloads": int}}
CONSISTENCY = {"size": int, "proof": [HASH]}
SELECTION = {"from": int, "to": int, "since": str, "until": str, "namespace": str, "task": str}
RECORDS = ({"position": int, "leaf": HASH, "record": str}, {"position": int, "leaf": HASH, "base64": str})
PAYLOADS = ({"sha256": HASH, "payload": str}, {"sha256": HASH, "base64": str})


def lines_of(path):
    with open(path, encoding="utf-8", newline="\n") as file:
        while True:
            line = file.readline(MAX_LINE)
            if line == "":
                return
            if not line.endswith("\n"):
                raise Refused("the last line has no end, or is too long: was the file cut short?")
            yield parse_line(line)


def parse_head(head):
    consistency = head.pop("consistency", 0) if type(head) is dict else 0
    name = head.get("format") if type(head) is dict else None
    shape = FORMATS.get(name) if type(name) is str else None
    good = shape is not None and has(head, shape) and len(head["range"]) == 2
    if not good or not (consistency is None or has(consistency, CONSISTENCY)):
        raise Refused("this is no evidence bundle, or one of a version that is not known here")
    if not all(name in SELECTION and type(value) is SELECTION[name] for name, value in head["selection"].items()):
        raise Refused("the head asks for what is not known here")
    return head, consistency


def bytes_of(line, what):
    if "base64" in line:
        return from_base64(line["base64"], "a " + what)
    try:
        return line[what].encode()
    except UnicodeEncodeError:
        raise Refused("a %s is no text" % what)


def words_of(data):
    """What a record says of itself; None where it cannot be read. The proof is on its bytes."""
    try:
        record = json.loads(data.decode())
    except (ValueError, RecursionError):
        return None
    return record if type(record) is dict else None


def verify(path, key_text, kept_note, say):
    """Says what was checked, and what came of it; returns whether all of it holds."""
    failed = []

    def check(held, claim, otherwise):
        say("holds   " + claim if held else "FAILED  " + otherwise)
        if not held:
            failed.append(otherwise)

    lines = lines_of(path)
    head, consistency = parse_head(next(lines, None))
    key = parse_key(key_text or head["key"])
    size, root, signed = parse_checkpoint(head["checkpoint"], key)

    positions, hashes, wrong, notes, history = [], [], [], [], History(head["selection"], head["range"])
    payloads = Payloads()
    for line in lines:
        if "payloads" in head and any(has(line, shape) for shape in PAYLOADS):
            payloads.take(line["sha256"], bytes_of(line, "payload"))
            continue
        if payloads.found or not any(has(line, shape) for shape in RECORDS):
            raise Refused("a line is no record")
        data, position = bytes_of(line, "record"), line["position"]
        words = words_of(data)
        if not (positions[-1] if positions else 0) < position <= size:
            raise Refused("position %d is out of order, or behind the end of the tree" % position)
        positions.append(position)
        hashes.append(leaf_hash(data))
        if hashes[-1].hex() != line["leaf"]:
            wrong.append("the record at position %d is not the one that the log's tree has there" % position)
        elif words is None:
            notes.append("the record at position %d cannot be read: its bytes are proved, whatever they are" % position)
        elif words.get("position") != position:
            wrong.append("the record at position %d does not say that it is there" % position)
        elif words.get("type") == "/audit/shredded":
            notes.append("record %d says what was shredded: %s" % (position, json.dumps(words.get("event"))))
        history.take(position, words or {})
        payloads.refer(position, words or {})

    check(len(positions) == head["records"], "the bundle has %d records" % len(positions),
          "the bundle has %d records, and says that it has %d" % (len(positions), head["records"]))
    check(not wrong, "each is the one that the log's tree has there", "; ".join(wrong[:MAX_TOLD]))
    proof = [bytes.fromhex(item) for item in head["proof"]]
    check(size > 0 and root_of(positions, hashes, size, proof) == root,
          "they are in the tree of %d records whose root is %s" % (size, root.hex()),
          "these records, and the proof, do not lead to the root in the checkpoint")
    check(key_text in (None, head["key"]), "the bundle names the key that was given" if key_text else "no key was given",
          "the bundle names another key than the one that was given")
    check(signed, "the checkpoint with that root is signed by %s+%s" % (ascii(key[0])[1:-1], key[1].hex()),
          "the checkpoint has no valid signature of the key")
    claim, gaps = history.whole(positions, size)
    check(not gaps, claim, "; ".join(gaps[:MAX_TOLD]))
    if "payloads" in head:
        check(len(payloads.found) == head["payloads"], "the bundle has %d payloads" % len(payloads.found),
              "the bundle has %d payloads, and says that it has %d" % (len(payloads.found), head["payloads"]))
        check(not payloads.wrong, "each is what a record refers to by its hash", "; ".join(payloads.wrong[:MAX_TOLD]))
        notes += payloads.missing()[:MAX_TOLD]
    if kept_note is not None:
        old_size, old_root, old_signed = parse_checkpoint(kept_note, key)
        check(old_signed, "the checkpoint that was kept, of %d records, is signed by the same key" % old_size,
              "the checkpoint that was kept has no valid signature of the key")
        proofs = {size: []}  # what is known of earlier sizes
        if consistency:
            proofs[consistency["size"]] = [bytes.fromhex(item) for item in consistency["proof"]]
        if old_size <= size and old_size not in proofs:
            check(False, "", "the bundle has no proof from %d records on: have it made --against that checkpoint" % old_size)
        else:
            check(old_size <= size and begins_with(old_size, old_root, size, root, proofs[old_size]),
                  "the log begins with all that it had then", "the log was changed, or cut short, since then")
    for text in ["it was asked for: " + json.dumps(head["selection"])] + notes:
        say("note    " + text)
    return not failed


class Payloads:
    """What records refer to by its SHA-256, and what of it is in the bundle."""

    def __init__(self):
        self.first, self.shredded, self.found, self.wrong = {}, {}, set(), []

    def refer(self, position, words):
        event = words.get("event") if type(words.get("event")) is dict else {}
        for member in event.values():
            if type(member) is dict and type(member.get("sha256")) is str:
                self.first.setdefault(member["sha256"], position)
        if words.get("type") == "/audit/shredded" and type(event.get("payloads")) is list:
            self.shredded.update((item.get("sha256"), position) for item in event["payloads"] if has(item, {"typeUrl": str, "sha256": str}))

    def take(self, name, data):
        if hashlib.sha256(data).hexdigest() != name:
            self.wrong.append("the payload %s has another hash" % name)
        elif name not in self.first:
            self.wrong.append("no record in the bundle refers to the payload %s" % name)
        elif name in self.found:
            self.wrong.append("the payload %s is in the bundle twice" % name)
        self.found.add(name)

    def missing(self):
        """What is to be told of those that are not in the bundle."""
        return ["record %d refers to %s, which %s" % (position, ascii(name)[1:-1], "was shredded: record %d says so" % self.shredded[name]
                if name in self.shredded else "is not in the bundle") for name, position in self.first.items() if name not in self.found]


class History:
    """Whether a record is missing among those that the bundle is about, from what they say of themselves."""

    def __init__(self, selection, ends):
        self.selection, (self.first, self.last) = selection, ends
        self.is_choice = "namespace" in selection or "task" in selection
        self.numbers, self.gaps = {}, []  # the number of the last record of each task

    def take(self, position, words):
        is_meant = all(words.get(name) == self.selection[name] for name in ("namespace", "task") if name in self.selection)
        if not (self.is_choice and is_meant and self.first <= position <= self.last):
            return
        task, number = ascii("%s/%s" % (words.get("namespace"), words.get("task"))), words.get("version")
        # Where the bundle begins in the middle of the log, a task may have begun before.
        before = self.numbers.get(task, None if "from" in self.selection or "since" in self.selection else 0)
        if type(number) is not int or before is not None and number != before + 1:
            self.gaps.append("records of %s before position %d are missing" % (task, position))
        self.numbers[task] = number if type(number) is int else 0

    def whole(self, positions, size):
        """What holds where no record is missing, and what is wrong."""
        first, last, asked = self.first, self.last, self.selection
        low, high = asked.get("from", 1), min(asked.get("to", size), size)
        if not (low <= first <= last <= high and ("since" in asked or "until" in asked or (low, high) == (first, last))):
            self.gaps.append("positions %d to %d were looked at, and others asked for" % (first, last))
        if self.is_choice:
            if not self.numbers:
                self.gaps.append("no record is of what was asked for")
            return ("between the first and the last record of a task none is missing. That there is none before or behind "
                    "them, only a bundle without --task and --namespace shows"), self.gaps
        gone = last - first + 1 - (bisect.bisect_right(positions, last) - bisect.bisect_left(positions, first))
        if gone > 0:
            self.gaps.append("%d of the records from position %d to %d are missing" % (gone, first, last))
        return "no record from position %d to %d is missing" % (first, last), self.gaps


def read_text(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read(1024 * 1024)


def main():
    parser = argparse.ArgumentParser(description="Checks an evidence bundle of Shiplog.")
    parser.add_argument("bundle", help="the file that `shiplog audit export --format bundle` wrote")
    parser.add_argument("--key", help="the log's verifier key, from somebody else: NAME+ID+KEY, or a file with it")
    parser.add_argument("--against", metavar="NOTE", help="a file with a checkpoint that you kept")
    options = parser.parse_args()
    try:
        key = options.key if options.key is None or "+" in options.key else read_text(options.key).strip()
        note = None if options.against is None else read_text(options.against)
        good = verify(options.bundle, key, note, print)
    except (Refused, OSError, UnicodeError) as error:
        print("REFUSED: " + str(error))
        return 2
    if not good:
        print("NOT VERIFIED")
        return 1
    if key is None:
        print("NOT VERIFIED: the bundle agrees with itself, as every forger's does. Give --key, with the log's verifier key")
        return 3
    print("VERIFIED")
    return 0


if __name__ == "__main__":
    sys.exit(main())
