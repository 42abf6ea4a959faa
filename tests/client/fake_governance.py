"""The part of the fake ledger that governs: enough of caps, pauses, escalations and claims for the SDK to be tried."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc import error_details_pb2, status_pb2

from tallystick.requests.describe import timestamp
from tallystick.v1 import (
    allowances_pb2,
    caps_pb2,
    claims_pb2,
    errors_pb2,
    escalations_pb2,
    partitions_pb2,
    tools_pb2,
    types_pb2,
)

PENDING = escalations_pb2.ESCALATION_STATE_PENDING
APPROVED = escalations_pb2.ESCALATION_STATE_APPROVED
DENIED = escalations_pb2.ESCALATION_STATE_DENIED
CANCELLED = escalations_pb2.ESCALATION_STATE_CANCELLED
FAILED = grpc.StatusCode.FAILED_PRECONDITION
NOT_FOUND = grpc.StatusCode.NOT_FOUND


class Refusal(Exception):
    """The fake says no."""

    def __init__(self, code: grpc.StatusCode, reason: str, **numbers: Any) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.numbers = numbers

    def status(self) -> status_pb2.Status:
        details: list[Any] = [error_details_pb2.ErrorInfo(reason=self.reason, domain="tallystick")]
        details.append(errors_pb2.Refusal(reason=f"ERROR_REASON_{self.reason}", **self.numbers))
        packed = []
        for detail in details:
            packed.append(AnyMessage())
            packed[-1].Pack(detail)
        return status_pb2.Status(code=self.code.value[0], message=f"{self.reason} of the fake", details=packed)


class Governance:
    """Escalations of `acme/scout` are decided by `acme`, which has all that is asked of it."""

    # Of the rest of the fake.
    lock: Any
    position: int
    accounts: Any
    decide: Callable[[str, Any], Any]
    _account: Callable[[str, str], Any]
    _receipt: Callable[[], types_pb2.Receipt]

    def __init__(self) -> None:
        self.caps: list[caps_pb2.Cap] = []
        self.tools: dict[str, tools_pb2.Tool] = {}
        self.rules: dict[str, tools_pb2.ToolRules] = {}
        self.paused: dict[str, partitions_pb2.Pause] = {}
        self.escalations: dict[int, escalations_pb2.Escalation] = {}
        self.carried: dict[int, Any] = {}
        self.policies: list[escalations_pb2.EscalationPolicy] = []
        self.allowances: list[allowances_pb2.Allowance] = []
        self.claims: dict[tuple[str, str], claims_pb2.Claim] = {}
        self.approve_all = False

    # -------------------------------------------------------------------------------------------------- what is wanted

    def admit(self, request):
        """What governance says of a reservation; its amounts are filled in from the catalogue."""
        for path in self.paused:
            if f"{request.partition}/".startswith(f"{path}/"):
                raise Refusal(FAILED, "PARTITION_PAUSED", partition=path, ask=path)
        if not request.amounts:
            tool = self.tools.get(request.tool)
            if tool is None or not tool.estimate:
                raise Refusal(FAILED, "ESTIMATE_UNKNOWN", partition=request.partition)
            request.amounts.extend(tool.estimate)
        if request.HasField("claim"):
            request.claim.scope = request.claim.scope or request.partition.rpartition("/")[0]
            work = self.claims.get((request.claim.scope, request.claim.key))
            if work is not None:
                done = work.state == claims_pb2.CLAIM_STATE_DONE
                raise Refusal(
                    FAILED,
                    "WORK_DONE" if done else "WORK_CLAIMED",
                    claim_scope=work.scope,
                    claim_key=work.key,
                    claim_holder=work.partition,
                    claim_reservation_id=work.reservation_id,
                    claim_result=work.result,
                    reset_time=work.end_time,
                )

    def take_work(self, message, end_time):
        """The reservation has its work."""
        if message.HasField("claim"):
            self.claims[message.claim.scope, message.claim.key] = claims_pb2.Claim(
                scope=message.claim.scope,
                key=message.claim.key,
                state=claims_pb2.CLAIM_STATE_HELD,
                partition=message.partition,
                reservation_id=message.reservation_id,
                end_time=end_time,
            )

    def give_work_back(self, message, request=None):
        """The reservation has ended; says whether a done mark could not be set."""
        if not message.HasField("claim"):
            if request is not None and request.done:
                raise Refusal(FAILED, "CLAIM_MISSING", reservation=message)
            return False
        key = message.claim.scope, message.claim.key
        work = self.claims.get(key)
        if work is not None and work.reservation_id == message.reservation_id and not work.HasField("done_time"):
            del self.claims[key]
            work = None
        if request is None or not request.done:
            return False
        if work is not None:
            return True
        now = datetime.now(UTC)
        self.claims[key] = claims_pb2.Claim(
            scope=key[0],
            key=key[1],
            state=claims_pb2.CLAIM_STATE_DONE,
            partition=message.partition,
            reservation_id=message.reservation_id,
            done_time=timestamp(now),
            end_time=timestamp(now + timedelta(days=30)),
            result=request.result,
        )
        return False

    def await_decision(self, request):
        """Wait, without the lock, until it is decided or the time is over."""
        until = time.monotonic() + request.wait.seconds + request.wait.nanos / 1e9
        while time.monotonic() < until:
            with self.lock:
                one = self.escalations.get(request.escalation_id)
                if one is None or one.state != PENDING:
                    return
            time.sleep(0.005)

    # ------------------------------------------------------------------------------------------------------- the calls

    def PausePartition(self, request):
        before = request.partition in self.paused
        self.paused[request.partition] = partitions_pb2.Pause(principal="boss", note=request.note)
        return partitions_pb2.PausePartitionResponse(
            receipt=self._receipt(), partition=request.partition, paused=True, repeated=before
        )

    def ResumePartition(self, request):
        before = self.paused.pop(request.partition, None)
        return partitions_pb2.PausePartitionResponse(
            receipt=self._receipt(), partition=request.partition, repeated=before is None
        )

    def CreateCap(self, request):
        receipt = self._receipt()
        cap = caps_pb2.Cap(
            cap_id=receipt.position,
            partition=request.partition,
            kind=request.kind,
            unit=request.unit,
            limit=request.limit,
            period=request.period,
            tool=request.tool,
            mode=request.mode,
            etag="1",
        )
        self.caps.append(cap)
        return caps_pb2.CapResponse(receipt=receipt, cap=cap)

    def UpdateCap(self, request):
        cap = self._cap(request)
        if "limit" in request.update_mask.paths:
            cap.limit = request.limit
        if "mode" in request.update_mask.paths:
            cap.mode = request.mode
        cap.etag = str(int(cap.etag) + 1)
        return caps_pb2.CapResponse(receipt=self._receipt(), cap=cap)

    def DeleteCap(self, request):
        cap = self._cap(request)
        self.caps.remove(cap)
        cap.deleted = True
        return caps_pb2.CapResponse(receipt=self._receipt(), cap=cap)

    def _cap(self, request):
        for cap in self.caps:
            if cap.cap_id == request.cap_id:
                if cap.etag != request.etag:
                    raise Refusal(grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
                return cap
        raise Refusal(NOT_FOUND, "CAP_NOT_FOUND")

    def ListCaps(self, request):
        found = [cap for cap in self.caps if request.binding or cap.partition == request.partition]
        return caps_pb2.ListCapsResponse(caps=found, position=self.position)

    def SetTool(self, request):
        tool = tools_pb2.Tool(name=request.name, estimate=request.estimate, enabled=not request.disabled, etag="1")
        self.tools[request.name] = tool
        return tools_pb2.SetToolResponse(receipt=self._receipt(), tool=tool)

    def DeleteTool(self, request):
        if request.name not in self.tools:
            raise Refusal(NOT_FOUND, "TOOL_NOT_FOUND")
        tool = self.tools.pop(request.name)
        tool.deleted = True
        return tools_pb2.SetToolResponse(receipt=self._receipt(), tool=tool)

    def ListTools(self, request):
        return tools_pb2.ListToolsResponse(tools=self.tools.values(), position=self.position)

    def SetToolRules(self, request):
        rules = tools_pb2.ToolRules(
            partition=request.partition, allowed=request.allowed, denied=request.denied, etag="1"
        )
        self.rules[request.partition] = rules
        return tools_pb2.SetToolRulesResponse(receipt=self._receipt(), rules=rules)

    def GetToolRules(self, request):
        own = self.rules.get(request.partition, tools_pb2.ToolRules(partition=request.partition, etag="0"))
        above = [rules for path, rules in sorted(self.rules.items()) if request.partition.startswith(f"{path}/")]
        return tools_pb2.GetToolRulesResponse(rules=[*above, own], position=self.position)

    def RequestEscalation(self, request):
        receipt = self._receipt()
        if request.validate_only:
            receipt.position = 0
        one = escalations_pb2.Escalation(
            escalation_id=receipt.position,
            partition=request.partition,
            state=PENDING,
            amount=request.amount,
            reason=request.reason,
            decider=request.partition.rpartition("/")[0],
            carries_reserve=request.HasField("reserve"),
        )
        answer = escalations_pb2.EscalationResponse(receipt=receipt, escalation=one)
        if request.validate_only:
            return answer
        self.escalations[receipt.position] = one
        if request.HasField("reserve"):
            self.carried[receipt.position] = request.reserve
        if self.approve_all:
            self._approve(one, request.amount, one.decider)
        return answer

    def ApproveEscalation(self, request):
        one = self._pending(request)
        given = request.amount if request.HasField("amount") else one.amount
        self._approve(one, given, request.source or one.decider)
        return self._escalation_response(one)

    def _approve(self, one, given, source):
        self._account(one.partition, given.unit).available += given.parts
        if (source, given.unit) in self.accounts:
            self._account(source, given.unit).available -= given.parts
        one.state, one.source, one.decided_by = APPROVED, source, "boss"
        one.granted.CopyFrom(given)
        reserve = self.carried.get(one.escalation_id)
        if reserve is not None:
            try:
                one.reservation_id = self.decide("Reserve", reserve).reservation_id
            except Refusal as refusal:
                one.reserve_reason = f"ERROR_REASON_{refusal.reason}"

    def DenyEscalation(self, request):
        return self._end(request, DENIED)

    def CancelEscalation(self, request):
        return self._end(request, CANCELLED)

    def _end(self, request, state):
        one = self._pending(request)
        one.state, one.note, one.decided_by = state, request.note, "boss"
        return self._escalation_response(one)

    def ForwardEscalation(self, request):
        one = self._pending(request)
        if "/" not in one.decider:
            raise Refusal(FAILED, "NOBODY_ABOVE", escalation_id=one.escalation_id)
        one.decider = one.decider.rpartition("/")[0]
        one.forwards += 1
        return self._escalation_response(one)

    def Reallocate(self, request):
        receipt = self._receipt()
        one = escalations_pb2.Escalation(
            escalation_id=receipt.position,
            partition=request.partition,
            amount=request.amount,
            reason=request.reason,
            decider=request.partition.rpartition("/")[0],
            reallocation=True,
        )
        self._approve(one, request.amount, request.source)
        self.escalations[receipt.position] = one
        return escalations_pb2.EscalationResponse(receipt=receipt, escalation=one)

    def GetEscalation(self, request):
        return escalations_pb2.GetEscalationResponse(escalation=self._known(request), position=self.position)

    WaitEscalation = GetEscalation

    def ListEscalations(self, request):
        found = [
            one
            for one in self.escalations.values()
            if f"{one.partition}/".startswith(f"{request.partition}/")
            and (not request.states or one.state in request.states)
            and request.decider in ("", one.decider)
        ]
        return escalations_pb2.ListEscalationsResponse(escalations=found, position=self.position)

    def _known(self, request):
        if request.escalation_id not in self.escalations:
            raise Refusal(NOT_FOUND, "ESCALATION_NOT_FOUND", escalation_id=request.escalation_id)
        return self.escalations[request.escalation_id]

    def _pending(self, request):
        one = self._known(request)
        if one.state != PENDING:
            raise Refusal(FAILED, "ESCALATION_DECIDED", escalation_id=one.escalation_id)
        return one

    def _escalation_response(self, one):
        return escalations_pb2.EscalationResponse(receipt=self._receipt(), escalation=one)

    def SetEscalationPolicy(self, request):
        policy = escalations_pb2.EscalationPolicy(
            partition=request.partition,
            unit=request.unit,
            request_max=request.request_max,
            window_max=request.window_max,
            period=request.period,
            floor=request.floor,
            etag="1",
        )
        self.policies.append(policy)
        return escalations_pb2.EscalationPolicyResponse(receipt=self._receipt(), policy=policy)

    def DeleteEscalationPolicy(self, request):
        if not self.policies:
            raise Refusal(NOT_FOUND, "POLICY_NOT_FOUND")
        return escalations_pb2.EscalationPolicyResponse(receipt=self._receipt(), policy=self.policies.pop())

    def ListEscalationPolicies(self, request):
        return escalations_pb2.ListEscalationPoliciesResponse(policies=self.policies, position=self.position)

    def SetAllowance(self, request):
        allowance = allowances_pb2.Allowance(
            partition=request.partition, amount=request.amount, mode=request.mode, period=request.period, etag="1"
        )
        self.allowances.append(allowance)
        return allowances_pb2.AllowanceResponse(receipt=self._receipt(), allowance=allowance)

    def DeleteAllowance(self, request):
        if not self.allowances:
            raise Refusal(NOT_FOUND, "ALLOWANCE_NOT_FOUND")
        return allowances_pb2.AllowanceResponse(receipt=self._receipt(), allowance=self.allowances.pop())

    def ListAllowances(self, request):
        return allowances_pb2.ListAllowancesResponse(allowances=self.allowances, position=self.position)

    def AssignWork(self, request):
        work = claims_pb2.Claim(
            scope=request.scope,
            key=request.key,
            state=claims_pb2.CLAIM_STATE_ASSIGNED,
            partition=request.partition,
            assignee=request.partition,
        )
        self.claims[request.scope, request.key] = work
        return claims_pb2.ClaimResponse(receipt=self._receipt(), claim=work)

    def UnassignWork(self, request):
        work = self.claims.pop((request.scope, request.key), None)
        if work is None:
            raise Refusal(NOT_FOUND, "CLAIM_NOT_FOUND")
        return claims_pb2.ClaimResponse(receipt=self._receipt(), claim=work)

    def GetClaim(self, request):
        nobody = claims_pb2.Claim(scope=request.scope, key=request.key)
        return claims_pb2.GetClaimResponse(
            claim=self.claims.get((request.scope, request.key), nobody), position=self.position
        )

    def ListClaims(self, request):
        return claims_pb2.ListClaimsResponse(claims=self.claims.values(), position=self.position)
