"""A small ledger behind a real socket, which can be told to lose replies, fail, stall, stop and start again.

It knows enough of the rules for the SDK to be tried: balances, holds that lapse, totals, one answer for each request
id. The real rules have their own tests.
"""

import copy
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc

from tallystick.methods import METHODS
from tallystick.requests.describe import duration, timestamp
from tallystick.v1 import (
    allowances_pb2,
    batch_pb2,
    caps_pb2,
    claims_pb2,
    escalations_pb2,
    journal_pb2,
    organizations_pb2,
    partitions_pb2,
    reservations_pb2,
    server_pb2,
    tools_pb2,
    types_pb2,
)
from tests.client.fake_governance import Governance
from tests.client.fake_governance import Refusal as Refusal  # noqa: PLC0414  (for the tests, from here)

OPEN = reservations_pb2.RESERVATION_STATE_OPEN
COMMITTED = reservations_pb2.RESERVATION_STATE_COMMITTED
RELEASED = reservations_pb2.RESERVATION_STATE_RELEASED
EXPIRED = reservations_pb2.RESERVATION_STATE_EXPIRED
LATE = reservations_pb2.RESERVATION_STATE_COMMITTED_LATE
CODES = {code.value[0]: code for code in grpc.StatusCode}
NAMES = {path: path.rpartition("/")[2] for path in METHODS}


@dataclass
class Account:
    available: int = 0
    reserved: int = 0
    spent: int = 0


@dataclass
class FakeReservation:
    message: reservations_pb2.Reservation
    ends: float
    held: dict[str, int]
    settled: Counter[str] = field(default_factory=Counter)
    extended: int = 0


class FakeService(Governance):
    """One organization, `acme`, with USD (scale 9) and tokens, and an agent `acme/scout` with 15 USD.

    Its holds last longer than it says by `grace_s`, so that a test can have them extended often without being on time.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.RLock()
        self.accounts: dict[tuple[str, str], Account] = {}
        self.reservations: dict[str, FakeReservation] = {}
        self.answers: dict[str, tuple[bytes, Any]] = {}
        self.charges: list[reservations_pb2.ChargeRequest] = []
        self.calls: list[tuple[str, Any]] = []
        self.metadata: list[dict[str, str]] = []
        self.position = 1
        self.incarnation = 1
        self.units = {"USD": 9, "tokens": 0}
        self.life_max_s = 3600.0
        self.drop: Counter[str] = Counter()
        self.fail: Counter[str] = Counter()
        self.refuse: dict[str, Refusal] = {}
        self.stall_s: dict[str, float] = {}
        self.held_up: Counter[str] = Counter()
        self.gates: dict[str, threading.Event] = {}
        self.grace_s = 0.0
        self.unknown: set[str] = set()
        self.address = ""
        self._server: grpc.Server | None = None
        self.accounts["acme/scout", "USD"] = Account(available=15 * 10**9)
        self.accounts["acme/scout", "tokens"] = Account(available=100_000)

    # ------------------------------------------------------------------------------------------------------ lifecycle

    def start(self, credentials: grpc.ServerCredentials | None = None) -> None:
        self._server = grpc.server(futures.ThreadPoolExecutor(32), options=[("grpc.so_reuseport", 0)])
        self._server.add_generic_rpc_handlers((_Handlers(self),))
        listen = self.address or "127.0.0.1:0"
        if credentials is None:
            port = self._server.add_insecure_port(listen)
        else:
            port = self._server.add_secure_port(listen, credentials)
        self.address = self.address or f"127.0.0.1:{port}"
        self._server.start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop(0).wait()
            self._server = None

    @contextmanager
    def holding_up(self, *names: str, calls: int = 10**6) -> Iterator[None]:
        """Inside, the next so many calls of each of these methods are taken and not answered; then they go on."""
        gate = threading.Event()
        self.gates.update(dict.fromkeys(names, gate))
        self.held_up.update(dict.fromkeys(names, calls))
        try:
            yield
        finally:
            for name in names:
                del self.held_up[name]
            gate.set()

    def all_end(self) -> None:
        """The end of every hold has come."""
        with self.lock:
            for one in self.reservations.values():
                one.ends = time.monotonic()

    # ------------------------------------------------------------------------------------------------------ what is so

    def requests(self, name: str) -> list[Any]:
        """What was asked of a method, in the order it came: whether alone or with others is up to the client."""
        return [request for method, request in self._asked() if method == name]

    def count(self, name: str) -> int:
        return len(self.requests(name))

    def alone(self, name: str) -> int:
        """How often a method was called by itself, and not as an item of a batch."""
        return sum(method == name for method, _ in self.calls)

    def _asked(self) -> Iterator[tuple[str, Any]]:
        for method, request in tuple(self.calls):
            yield method, request
            for item in request.items if method == "BatchExecute" else ():
                name = item.WhichOneof("command")
                yield _method_of(name), getattr(item, name)

    def batches(self) -> list[int]:
        """How many items each batch had, in the order they came."""
        return [len(request.items) for request in self.requests("BatchExecute")]

    def usd(self) -> tuple[int, int, int]:
        """Available, reserved and spent nano-dollars of acme/scout."""
        with self.lock:
            self._lapse()
            account = self.accounts["acme/scout", "USD"]
            return account.available, account.reserved, account.spent

    def only(self) -> FakeReservation:
        (one,) = self.reservations.values()
        return one

    # ------------------------------------------------------------------------------------------------------ the calls

    def handle(self, name: str, request: Any, context: grpc.ServicerContext) -> Any:
        with self.lock:
            self.calls.append((name, request))
            self.metadata.append({key: str(value) for key, value in context.invocation_metadata()})
        time.sleep(self.stall_s.get(name, 0))
        if self._spend(self.held_up, name):
            self.gates[name].wait()
        if self._spend(self.fail, name):
            context.abort(grpc.StatusCode.UNAVAILABLE, "the fake was told to fail")
        if name == "WaitEscalation":
            self.await_decision(request)
        try:
            with self.lock:
                answer = copy.deepcopy(self.decide(name, request))
        except Refusal as refusal:
            context.set_trailing_metadata((("grpc-status-details-bin", refusal.status().SerializeToString()),))
            context.abort(refusal.code, str(refusal))
        if self._spend(self.drop, name):
            context.abort(grpc.StatusCode.UNAVAILABLE, "the fake lost its reply")
        return answer

    def decide(self, name: str, request: Any) -> Any:
        if name in self.refuse:
            raise self.refuse[name]
        self._lapse()
        request_id = getattr(request, "request_id", "")
        body = request.SerializeToString(deterministic=True)
        if request_id and request_id in self.answers:
            kept, answer = self.answers[request_id]
            if kept != body:
                raise Refusal(grpc.StatusCode.FAILED_PRECONDITION, "REQUEST_ID_REUSED")
            if name == "Reserve" and self.reservations[answer.reservation_id].message.state != OPEN:
                message = self.reservations[answer.reservation_id].message
                raise Refusal(grpc.StatusCode.FAILED_PRECONDITION, "HOLD_ENDED", reservation=message)
            answer.receipt.replayed = True
            return answer
        decide: Callable[[Any], Any] = getattr(self, name)
        answer = copy.deepcopy(decide(request))
        if request_id:
            self.answers[request_id] = body, answer
        return answer

    def GetOrganization(self, request):
        if request.organization != "acme":
            raise Refusal(grpc.StatusCode.NOT_FOUND, "ORGANIZATION_NOT_FOUND")
        units = [types_pb2.Unit(name=name, scale=scale) for name, scale in self.units.items()]
        return organizations_pb2.Organization(
            name="acme",
            units=units,
            time_zone="UTC",
            reservation_life_max=duration(self.life_max_s),
            etag="1",
            position=self.position,
            incarnation=self.incarnation,
        )

    def GetServerInfo(self, request):
        return server_pb2.ServerInfo(version="0", backend="memory", batch_items_max=500)

    def Reserve(self, request):
        request = copy.deepcopy(request)
        self.admit(request)
        for amount in request.amounts:
            account = self._account(request.partition, amount.unit)
            if account.available < amount.parts:
                raise Refusal(
                    grpc.StatusCode.FAILED_PRECONDITION,
                    "BUDGET_EXHAUSTED",
                    partition=request.partition,
                    unit=amount.unit,
                    needed=amount.parts,
                    available=account.available,
                    ask="acme",
                )
        if request.validate_only:
            return reservations_pb2.ReserveResponse(partition=request.partition, held=request.amounts)
        ttl = request.ttl.seconds + request.ttl.nanos / 1e9 or 60.0
        held = {amount.unit: amount.parts for amount in request.amounts}
        for unit, parts in held.items():
            self._account(request.partition, unit).available -= parts
            self._account(request.partition, unit).reserved += parts
        reservation_id = request.reservation_id or request.request_id.replace("-7", "-7", 1)
        message = reservations_pb2.Reservation(
            reservation_id=reservation_id,
            partition=request.partition,
            state=OPEN,
            units=[reservations_pb2.ReservedUnit(unit=unit, held=parts) for unit, parts in held.items()],
            tool=request.tool,
            workflow_id=request.workflow_id,
            labels=request.labels,
            claim=request.claim if request.HasField("claim") else None,
        )
        self.reservations[reservation_id] = FakeReservation(message, time.monotonic() + ttl + self.grace_s, held)
        now = datetime.now(UTC)
        self.take_work(message, timestamp(now + timedelta(seconds=ttl)))
        return reservations_pb2.ReserveResponse(
            receipt=self._receipt(),
            reservation_id=reservation_id,
            partition=request.partition,
            held=request.amounts,
            available=[
                types_pb2.Amount(unit=unit, parts=self._account(request.partition, unit).available) for unit in held
            ],
            expire_time=timestamp(now + timedelta(seconds=ttl)),
            time_left=duration(ttl),
            extend_time=timestamp(now + timedelta(seconds=ttl / 2)),
            claim=message.claim if message.HasField("claim") else None,
        )

    def Commit(self, request):
        one = self._reservation(request.reservation_id)
        state = one.message.state
        actual = {amount.unit: amount.parts for amount in request.actual} or dict(one.held)
        if state in (COMMITTED, LATE) and actual == dict(one.settled):
            return self._settlement(one)
        if state not in (OPEN, EXPIRED):
            raise self._resolved(one)
        if one.held.keys() - actual.keys():
            raise Refusal(grpc.StatusCode.FAILED_PRECONDITION, "ACTUAL_INCOMPLETE", reservation=one.message)
        for unit, total in actual.items():
            if total > 100 * one.held.get(unit, 0) and not request.confirm_implausible:
                raise Refusal(grpc.StatusCode.FAILED_PRECONDITION, "ACTUAL_IMPLAUSIBLE", reservation=one.message)
            if total < one.settled[unit]:
                raise Refusal(grpc.StatusCode.FAILED_PRECONDITION, "ACTUAL_BELOW_SETTLED", reservation=one.message)
        not_marked = self.give_work_back(one.message, request)
        for unit, total in actual.items():
            self._post(one, unit, total - one.settled[unit])
        self._give_back(one)
        one.message.state = COMMITTED if state == OPEN else LATE
        one.message.basis = request.basis or (types_pb2.BASIS_MEASURED if request.actual else types_pb2.BASIS_ESTIMATED)
        answer = self._settlement(one)
        answer.done_not_marked = not_marked
        return answer

    def SettlePart(self, request):
        one = self._reservation(request.reservation_id)
        if one.message.state not in (OPEN, EXPIRED):
            raise self._resolved(one)
        for amount in request.amounts:
            self._post(one, amount.unit, amount.parts)
        return self._settlement(one)

    def Release(self, request):
        one = self._reservation(request.reservation_id)
        if one.message.state != OPEN:
            raise self._resolved(one)
        self._give_back(one)
        self.give_work_back(one.message)
        one.message.state = RELEASED
        return self._settlement(one)

    def Expire(self, request):
        one = self._reservation(request.reservation_id)
        self._give_back(one)
        self.give_work_back(one.message)
        one.message.state = EXPIRED
        return self._settlement(one)

    def Extend(self, request):
        one = self._reservation(request.reservation_id)
        if one.message.state != OPEN:
            raise self._resolved(one)
        end = request.expire_time.seconds + request.expire_time.nanos / 1e9
        wanted = end - time.time()
        left = min(wanted, self.life_max_s)
        one.ends = max(one.ends, time.monotonic() + left + self.grace_s)
        one.extended += 1
        now = datetime.now(UTC)
        return reservations_pb2.ExtendResponse(
            receipt=self._receipt(),
            reservation_id=request.reservation_id,
            expire_time=timestamp(now + timedelta(seconds=left)),
            time_left=duration(left),
            extend_time=timestamp(now + timedelta(seconds=left / 2)),
            cut=left < wanted,
        )

    def Charge(self, request):
        self.charges.append(request)
        for amount in request.amounts:
            account = self._account(request.partition, amount.unit)
            account.available -= amount.parts
            account.spent += amount.parts
        return reservations_pb2.ChargeResponse(
            receipt=self._receipt(), partition=request.partition, amounts=request.amounts
        )

    def GetReservation(self, request):
        one = self._reservation(request.reservation_id)
        return reservations_pb2.GetReservationResponse(reservation=one.message, position=self.position)

    def GetPartition(self, request):
        if request.min_position > self.position:
            raise Refusal(grpc.StatusCode.UNAVAILABLE, "POSITION_NOT_REACHED")
        own = [
            types_pb2.Balance(unit=unit, available=a.available, reserved=a.reserved, spent=a.spent)
            for (path, unit), a in self.accounts.items()
            if path == request.partition
        ]
        if not own:
            raise Refusal(grpc.StatusCode.NOT_FOUND, "PARTITION_NOT_FOUND", partition=request.partition)
        partition = partitions_pb2.Partition(
            path=request.partition,
            kind=partitions_pb2.PARTITION_KIND_AGENT,
            state=partitions_pb2.PARTITION_STATE_OPEN,
            etag="1",
            own=own,
            subtree=own,
            paused_at=next((path for path in self.paused if f"{request.partition}/".startswith(f"{path}/")), ""),
        )
        return partitions_pb2.GetPartitionResponse(partition=partition, position=self.position)

    def ListPartitions(self, request):
        paths = ["acme", "acme/a", "acme/b", "acme/c", "acme/d"]
        begin = int(request.page_token or 0)
        size = request.page_size or 2
        more = str(begin + size) if begin + size < len(paths) else ""
        return partitions_pb2.ListPartitionsResponse(
            partitions=[
                partitions_pb2.Partition(path=path, kind="PARTITION_KIND_TEAM", state="PARTITION_STATE_OPEN")
                for path in paths[begin : begin + size]
            ],
            next_page_token=more,
            position=self.position,
        )

    def ListEntries(self, request):
        return journal_pb2.ListEntriesResponse(
            entries=[journal_pb2.Entry(position=1, kind="OrganizationCreated", version=1)], position=self.position
        )

    def Allocate(self, request):
        self._account(request.partition, request.amount.unit).available += request.amount.parts
        return partitions_pb2.MoveResponse(
            receipt=self._receipt(), amount=request.amount, from_partition="acme", to_partition=request.partition
        )

    def BatchExecute(self, request):
        results = []
        for item in request.items:
            name = item.WhichOneof("command")
            try:
                answer = self.decide(_method_of(name), getattr(item, name))
            except Refusal as refusal:
                results.append(batch_pb2.BatchResult(error=refusal.status()))
            else:
                outcome = {"SettlementResponse": "settlement", "MoveResponse": "move"}.get(type(answer).__name__, name)
                results.append(batch_pb2.BatchResult(**{outcome: answer}))
        return batch_pb2.BatchExecuteResponse(results=results)

    # ------------------------------------------------------------------------------------------------------- the books

    def _account(self, path: str, unit: str) -> Account:
        if not any(known == path for known, _ in self.accounts):
            raise Refusal(grpc.StatusCode.NOT_FOUND, "PARTITION_NOT_FOUND", partition=path)
        return self.accounts.setdefault((path, unit), Account())

    def _reservation(self, reservation_id: str) -> FakeReservation:
        if reservation_id not in self.reservations:
            raise Refusal(grpc.StatusCode.NOT_FOUND, "RESERVATION_NOT_FOUND")
        return self.reservations[reservation_id]

    def _post(self, one: FakeReservation, unit: str, cost: int) -> None:
        account = self._account(one.message.partition, unit)
        covered = 0
        if one.message.state == OPEN:
            covered = min(cost, max(one.held.get(unit, 0) - one.settled[unit], 0))
        account.reserved -= covered
        account.available -= cost - covered
        account.spent += cost
        one.settled[unit] += cost

    def _give_back(self, one: FakeReservation) -> None:
        if one.message.state == OPEN:
            for unit, held in one.held.items():
                rest = max(held - one.settled[unit], 0)
                self._account(one.message.partition, unit).reserved -= rest
                self._account(one.message.partition, unit).available += rest

    def _lapse(self) -> None:
        for one in self.reservations.values():
            if one.message.state == OPEN and time.monotonic() >= one.ends:
                self._give_back(one)
                one.message.state = EXPIRED
                self.give_work_back(one.message)

    def _settlement(self, one: FakeReservation) -> reservations_pb2.SettlementResponse:
        units = [
            reservations_pb2.ReservedUnit(
                unit=unit, held=one.held.get(unit, 0), actual=one.settled[unit], charged=one.settled[unit]
            )
            for unit in one.held | one.settled
        ]
        return reservations_pb2.SettlementResponse(
            receipt=self._receipt(),
            reservation_id=one.message.reservation_id,
            partition=one.message.partition,
            state=one.message.state,
            units=units,
            basis=one.message.basis,
        )

    def _resolved(self, one: FakeReservation) -> Refusal:
        return Refusal(grpc.StatusCode.FAILED_PRECONDITION, "RESERVATION_RESOLVED", reservation=one.message)

    def _receipt(self) -> types_pb2.Receipt:
        self.position += 1
        return types_pb2.Receipt(organization="acme", position=self.position, time=timestamp(datetime.now(UTC)))

    def _spend(self, counter: Counter[str], name: str) -> bool:
        with self.lock:
            if counter[name] > 0:
                counter[name] -= 1
                return True
            return False


def _method_of(item: str) -> str:
    """The method that an item of a batch is a call of, by the item's field."""
    return "".join(word.title() for word in item.split("_"))


class _Handlers(grpc.GenericRpcHandler):
    """Every method of the wire, by the one door `FakeService.handle`."""

    def __init__(self, service: FakeService) -> None:
        self._service = service
        modules = [organizations_pb2, partitions_pb2, reservations_pb2, batch_pb2, journal_pb2, server_pb2]
        modules += [caps_pb2, tools_pb2, escalations_pb2, allowances_pb2, claims_pb2]
        self._inputs = {
            f"/{declared.full_name}/{method.name}": method.input_type._concrete_class
            for module in modules
            for declared in module.DESCRIPTOR.services_by_name.values()
            for method in declared.methods
        }

    def service(self, handler_call_details):
        path = handler_call_details.method
        kind = self._inputs.get(path)
        if kind is None or NAMES[path] in self._service.unknown:
            return None
        return grpc.unary_unary_rpc_method_handler(
            lambda request, context: self._service.handle(NAMES[path], request, context),
            request_deserializer=kind.FromString,
            response_serializer=lambda answer: answer.SerializeToString(),
        )


@contextmanager
def running() -> Iterator[FakeService]:
    """A fake that listens on a free port of loopback."""
    service = FakeService()
    service.start()
    try:
        yield service
    finally:
        service.stop()
