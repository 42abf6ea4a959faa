"""A verifier of exports that shares no code with Tallystick: written from docs/reference/journal-format.md alone.

Run it with a Python that has nothing installed: `python verifier.py books.jsonl.gz`. It recomputes bodies, digests,
Merkle roots and the chain, postings, balances, partitions, reservations, request ids and the head. Of `standing` it
compares what counters have counted, of reservations all but pins, of the head all but what is due next, and says so.
"""

import gzip
import hashlib
import json
import sys
import zlib
from collections import Counter
from pathlib import Path

MAX, RESERVED = 2**63 - 1, 2
TABLES = ["heads", "organizations", "partitions", "balances", "reservations", "standing", "request_ids"]
KEYS = {"balances": [0, 1], "standing": [0, 1], "request_ids": [1, 0]}
LIFE = {
    "ReservationExtended": {"OPEN": "OPEN"},
    "PartSettled": {"OPEN": "OPEN", "EXPIRED": "EXPIRED"},
    "ReservationCommitted": {"OPEN": "COMMITTED", "EXPIRED": "COMMITTED_LATE"},
    "ReservationReleased": {"OPEN": "RELEASED"},
    "ReservationExpired": {"OPEN": "EXPIRED"},
    "Charged": {state: state for state in ("COMMITTED", "COMMITTED_LATE", "RELEASED", "EXPIRED")},
    "Refunded": {state: state for state in ("OPEN", "COMMITTED", "COMMITTED_LATE", "RELEASED", "EXPIRED")},
}


def sha256(*parts):
    """Of the parts, one behind the other."""
    return hashlib.sha256(b"".join(parts)).digest()


def parse(text):
    """Canonical JSON, or a ValueError: what is no whole number is no `int` either."""
    value = json.loads(text, parse_float=int, parse_constant=int)
    if dump(value) != text:
        raise ValueError("not canonical")
    return value


def dump(value):
    """Canonical JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def made_at(request_id):
    """The time in a UUIDv7."""
    return int(request_id[:8] + request_id[9:13], 16) * 1000


def merkle_root(digests):
    """RFC 9162, section 2.1."""
    level = [sha256(b"\0", digest) for digest in digests]
    while len(level) > 1:
        pairs = [level[place : place + 2] for place in range(0, len(level), 2)]
        level = [sha256(b"\1", *pair) if len(pair) > 1 else pair[0] for pair in pairs]
    return level[0]


def chain_of(name, previous, newest, first, last, at, root):
    """What a seal adds to the chain."""
    numbers = [number.to_bytes(8, "big", signed=True) for number in (newest, first, last, at)]
    parts = [b"tallystick seal", name.encode(), previous, *numbers, root]
    return sha256(*(len(part).to_bytes(8, "big") + part for part in parts))


class Book:
    """One organization, as its entries make it."""

    def __init__(self, name, found):
        self.name, self.found = name, found
        self.position, self.at, self.chain, self.incarnation = 0, 0, b"", 1
        self.accounts, self.partitions, self.reservations, self.requests = {}, {}, {}, {}
        self.counted, self.unpinned, self.pruned = {}, set(), 0
        self.batch, self.sealed, self.settings = [], 0, None

    def wrong(self, what, where=None):
        self.found.append((f"{self.name}, {where or f'position {self.position}'}", what))

    def entry(self, position, at, body, texts):
        self.position += 1
        header, _, text = body.partition("\n")
        kind, _, version = header.partition("\0")
        if version != "1":
            raise ValueError(f"kind {kind}, version {version}, is not known")
        said = parse(text)
        keys = ["position", "principal", "request_id", "fingerprint", "item", "event", "postings"]
        keys += [key for key in ("windows", "counts") if key in said]
        if list(said) != keys or [] in (said.get("windows"), said.get("counts")) or texts == "{}":
            self.wrong(f"its keys are {list(said)}, its texts {texts}")
        if position != self.position or said["position"] != self.position:
            self.wrong(f"it says that it is {position} and {said['position']}")
        self.batch.append((sha256(body.encode()), at))
        self.texts(said["event"], texts)
        self.postings(said["postings"])
        self.request(said)
        self.counted |= {counter: 0 for counter, *_ in said.get("windows", [])}
        for counter, amount, counted in said.get("counts", []):
            if counted != self.counted.get(counter, 0) + amount or counted < 0:
                self.wrong(f"counter {counter} has counted {counted}")
            self.counted[counter] = counted
        self.event(kind, at, said)

    def texts(self, event, texts):
        for field, (value, salt) in (parse(texts) if texts else {}).items():
            if sha256(bytes.fromhex(salt), value.encode()).hex() != event.get(field):
                self.wrong(f"the text {field} is not the one that was sealed")

    def postings(self, postings):
        sums: Counter = Counter()
        for partition, unit, role, amount, balance, version in postings:
            account = (partition, unit, role)
            before, versions = self.accounts.get(account, (0, 0))
            if amount == 0 or balance != before + amount or version != versions + 1 or abs(balance) > MAX:
                self.wrong(f"posting {amount} to {account} leaves {balance}, version {version}")
            self.accounts[account] = (balance, version)
            sums[unit] += amount
        if any(sums.values()):
            self.wrong(f"its postings sum to {sums}")

    def request(self, said):
        new = [said["fingerprint"], self.position, self.position]
        known = self.requests.setdefault((said["principal"], said["request_id"]), new) if said["request_id"] else new
        if known[2] == self.position - 1 and known[0] == said["fingerprint"]:
            known[2] = self.position
        elif known is not new:
            self.wrong("its request took effect before")

    def event(self, kind, at, said):
        event, position = said["event"], self.position
        if kind in {"OrganizationCreated", "PartitionCreated"}:
            path = event.get("path", event.get("name"))
            parent, of_kind = event.get("parent_id", 0), event.get("kind", "ORGANIZATION")
            self.partitions[position] = [path, parent, of_kind, False, event["display_name"], 1, at, at, False]
        if kind in {"OrganizationCreated", "OrganizationUpdated"}:
            created = at if self.settings is None else self.settings[5]
            names = ("time_zone", "display_name", "reservation_life_max_us")
            self.settings = [dump(event["units"]), *(event[name] for name in names)]
            self.settings += [event.get("version", 1), created]
        elif kind in {"PartitionUpdated", "PartitionClosed"}:
            row = self.partitions[event["partition_id"]]
            row[3] = row[3] or kind == "PartitionClosed"
            row[4:6] = [event["display_name"] if kind == "PartitionUpdated" else row[4], row[5] + 1]
            row[7:9] = [at, event.get("watched", row[8])]
        self.pruned = event["since"] if kind == "RequestIdsPruned" else self.pruned
        self.incarnation = event["incarnation"] if kind == "IncarnationBegun" else self.incarnation
        if kind == "ReservationOpened":
            self.opened(at, said, event)
        elif kind == "WorkClaimed":
            claimed = {"claim": f"{event['scope_id']}/{event['name']}", "last": position}
            self.reservations[event["reservation_id"]].update(claimed)
        elif kind == "CapPinned":
            self.unpinned |= {key for key, one in self.reservations.items() if one["state"] == "OPEN"}
        elif kind in LIFE and event["reservation_id"]:
            self.step(kind, at, event)

    def opened(self, at, said, event):
        if event["reservation_id"] in self.reservations:
            self.wrong(f"{event['reservation_id']} was opened before")
        units = [[unit, parts, parts, 0, 0, 0, 0, 0] for unit, parts in event["amounts"]]
        one = event | {"units": units, "committed": [], "basis": "", "claim": "", "state": "OPEN", "resolved_at": 0}
        one |= {key: said[key] for key in ("principal", "request_id")}
        one |= {"opened": (at, self.position), "last": self.position}
        self.reservations[event["reservation_id"]] = one

    def step(self, kind, at, event):
        one = self.reservations[event["reservation_id"]]
        before, due = one["state"], at >= one["expires_at"]
        after = LIFE[kind].get(before)
        if after is None or event.get("state", after) != after:
            self.wrong(f"{kind} takes a reservation from {before} to {event.get('state', after)}")
        if kind == "ReservationExpired" and not (due or event["early"]):
            self.wrong("a hold ends before its time")
        elif before == "OPEN" and due and kind != "ReservationExpired":
            self.wrong("a hold is used after its time")
        one.update({key: event[key] for key in ("units", "committed") if key in event}, state=after, last=self.position)
        one["expires_at"] = event["expires_at"] if kind == "ReservationExtended" else one["expires_at"]
        one["basis"] = event["basis"] if kind == "ReservationCommitted" else one["basis"]
        if before == "OPEN" and after != "OPEN":
            one["resolved_at"] = at

    def seal(self, last, first, at, newest, root, chain):
        expected = [self.position, self.sealed + 1, self.batch[0][1] if self.batch else None]
        if [last, first, at] != expected or {time for _, time in self.batch} != {at} or at <= self.at:
            self.wrong(f"the seal says {[last, first, at]}, not {expected}", f"seal {last}")
        elif (made := merkle_root([digest for digest, _ in self.batch])).hex() != root or newest != 1:
            self.wrong(f"the root is {root}, not {made.hex()}", f"seal {last}")
        computed = chain_of(self.name, self.chain, newest, first, last, at, bytes.fromhex(root))
        if computed.hex() != chain:
            self.wrong(f"the chain is {chain}, not {computed.hex()}", f"seal {last}")
        self.sealed, self.at, self.chain, self.batch = last, at, bytes.fromhex(chain), []

    def compare(self, rows):
        """The tables, both ways."""
        if self.batch:
            self.wrong("the last entries have no seal")
        for table, found in rows.items():
            keys = [tuple(row[place] for place in KEYS.get(table, [0])) for row in found]
            if keys != sorted(set(keys)):
                self.wrong("its rows are not in the order of their key, each once", table)
        head = [self.position, self.at, self.chain.hex(), 1, self.incarnation]
        self.table("heads", {0: head}, dict(enumerate([*row[:3], *row[4:]] for row in rows["heads"])))
        roots = [[*row[:2], row[4], *row[5:8], *row[8:]] for row in rows["organizations"]]
        settings = [*(self.settings or []), self.pruned, self.incarnation]
        self.table("organizations", {0: settings}, dict(enumerate(roots)))
        kept = {row[0]: [*row[1:5], row[7], *row[8:]] for row in rows["partitions"]}
        self.table("partitions", self.partitions, kept)
        balances: dict = {}
        for (partition, unit, role), (balance, version) in self.accounts.items():
            balances.setdefault((partition, unit), [0] * 8)[2 * role - 2 : 2 * role] = [balance, version]
        self.table("balances", balances, {tuple(row[:2]): row[2:] for row in rows["balances"]})
        requests = {key: one for key, one in self.requests.items() if made_at(key[1]) >= self.pruned}
        found = {tuple(row[:2]): row[2:] for row in rows["request_ids"] if made_at(row[1]) >= self.pruned}
        self.table("request_ids", requests, found)
        held = {key: self.reservation(key, one) for key, one in self.reservations.items()}
        last = {row[0]: None if row[0] in self.unpinned else row[15] for row in rows["reservations"]}
        self.table("reservations", held, {row[0]: [*row[1:15], last[row[0]], row[17]] for row in rows["reservations"]})
        counters = {int(row[1]): json.loads(row[7])["counted"] for row in rows["standing"] if row[0] == "Counter"}
        self.table("standing", self.counted, counters)
        self.sums()

    def reservation(self, key, one):
        row = [one["partition_id"], one["state"], dump(one["units"]), dump(one["committed"]), one["basis"], one["tool"]]
        row += [one["workflow_id"], dump(one["labels"]), one["principal"], one["request_id"], one["opened"][0]]
        row += [one["expires_at"], one["resolved_at"], one["opened"][1]]
        return [*row, None if key in self.unpinned else one["last"], one["claim"]]

    def table(self, name, expected, found):
        for key in expected.keys() | found.keys():
            if expected.get(key) != found.get(key):
                self.wrong(f"{key} is {found.get(key)}, not {expected.get(key)}", name)

    def sums(self):
        totals, held = Counter[str](), Counter[tuple[int, str]]()
        for (partition, unit, role), (balance, _) in self.accounts.items():
            totals[unit] += balance
            held[partition, unit] -= balance if role == RESERVED else 0
        for one in self.reservations.values():
            for unit, _, remaining, *_ in one["units"]:
                held[one["partition_id"], unit] += remaining
        if any(totals.values()) or any(held.values()):
            self.wrong(f"accounts sum to {totals}; reserved differs from what is held by {held}", "the end")


def verify(path):
    """Findings of a file, as where and what; and whether all of it was there."""
    found: list[tuple[str, str]] = []
    complete = True
    raw = Path(path).read_bytes()
    try:
        *all_lines, rest = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).split(b"\n")
        lines = iter(all_lines)
        word, newest, names = parse(next(lines, b"").decode())
        if dump([word, newest]) != '["tallystick export",1]' or names != sorted(set(names)):
            return [("the first line", "no export of format 1")], False
        for name in names:
            complete = part(name, lines, found) and complete
        if complete and (rest or next(lines, None) is not None):
            found.append(("the end", "something follows"))
    except EOFError:
        complete = False
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, OSError, zlib.error) as problem:
        found.append(("reading", repr(problem)))
    return found, complete


def part(name, lines, found):
    """One organization; whether its last line was there."""
    book, hashed, begun = Book(name, found), hashlib.sha256(), None
    rows: dict[str, list] = {table: [] for table in TABLES}
    counts: dict[str, int] = {}
    for text in lines:
        word, *values = parse(text.decode())
        if word == "end":
            counts = {key: counts.get(key, 0) for key in ["entry", "seal", *TABLES]}
            if dump(values) != dump([name, book.position, book.chain.hex(), counts, hashed.hexdigest()]):
                found.append((name, "its last line is not right"))
            if dump(begun) != dump([name, book.incarnation, book.position, book.chain.hex()]):
                found.append((name, "its first line is not right"))
            book.compare(rows)
            return True
        hashed.update(text + b"\n")
        counts[word] = counts.get(word, 0) + 1
        if word == "organization" and begun is None:
            begun, counts = values, {}
        elif word in {"entry", "seal"}:
            getattr(book, word)(*values)
        else:
            rows[word].append(values)
    return False


if __name__ == "__main__":
    findings, whole = verify(sys.argv[1])
    print(*(f"{where}: {what}\n" for where, what in findings), sep="", end="")
    said = "FINDINGS" if findings else "CLEAN" if whole else "INCOMPLETE"
    print(f"{said}; not compared: standing records but for counts, pins, and when something is due next")
    sys.exit(bool(findings) or not whole)
