"""The decorator: a function that holds its estimate while it runs, and commits what it did cost.

Works on functions, coroutine functions, generators and asynchronous generators, and leaves name, signature and kind
as they were, so that an agent framework sees the tool it saw before. Put it under the framework's own decorator.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from tallystick.agents import Agent, AgentSource, AsyncAgent, current_agent
from tallystick.amounts import AmountLike, quantities
from tallystick.async_hold import AsyncHold
from tallystick.before_work import ReleaseOn
from tallystick.errors import CostUnreadable, Refused
from tallystick.hold import Hold
from tallystick.requests import ClaimLike
from tallystick.requests.describe import Seconds
from tallystick.waiting import WAIT_S

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

_TOOL_CHARACTERS: Final = re.compile(r"[^A-Za-z0-9._:/@-]")
_TOOL_MAX: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Guard:
    """What the decorator was told."""

    estimate: Any
    actual: Callable[..., Any] | None
    agent: AgentSource
    on_refusal: Callable[[Refused], Any] | None
    request_id: Callable[..., str] | None
    claim: Callable[..., ClaimLike] | ClaimLike | None
    terms: Mapping[str, Any]

    def reserve(self, args: tuple[Any, ...], kwargs: dict[str, Any], kind: type[Any]) -> Any:  # noqa: ANN401  (a hold)
        """The block for one call, of the agent that is current now."""
        given = self.agent
        agent = given() if callable(given) else given if given is not None else current_agent()
        if not isinstance(agent, kind):
            need = "an AsyncClient" if kind is AsyncAgent else "a Client"
            raise TypeError(f"this function needs an agent of {need}, not {agent!r}")
        estimate = self.estimate(*args, **kwargs) if callable(self.estimate) else self.estimate
        name = "" if self.request_id is None else self.request_id(*args, **kwargs)
        claim = self.claim(*args, **kwargs) if callable(self.claim) else self.claim
        amounts = () if estimate is None else _several(estimate)
        return agent.reserve(*amounts, request_id=name, claim=claim, **self.terms)

    def state(self, hold: Hold | AsyncHold, result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:  # noqa: ANN401
        """Say what the call did cost; what cannot be read becomes the whole hold, and an error with the result."""
        if self.actual is None:
            return hold.commit()
        try:
            try:
                cost = self.actual(result, *args, **kwargs)
            except Exception as error:
                hold.commit()
                raise CostUnreadable(
                    f"actual= raised, so the whole hold is committed as an estimate: {error!r}"
                ) from error
            return hold.commit(*_several(cost))
        except CostUnreadable as unreadable:
            unreadable.result = result
            raise


def guard(
    estimate: AmountLike | Callable[..., Any] | None = None,
    *,
    actual: Callable[..., Any] | None = None,
    agent: AgentSource = None,
    on_refusal: Callable[[Refused], Any] | None = None,
    request_id: Callable[..., str] | None = None,
    tool: str | None = None,
    ttl: Seconds | None = None,
    workflow_id: str = "",
    labels: Mapping[str, str] | None = None,
    claim: Callable[..., ClaimLike] | ClaimLike | None = None,
    done: bool = False,
    escalate: bool | str = False,
    wait: Seconds = WAIT_S,
    release_on: ReleaseOn | None = None,
) -> Callable[[FunctionT], FunctionT]:
    """Hold the estimate while the function runs, and commit what it did cost.

    Calling the function is the start of work: an exception leaves the outcome unknown, see `Hold`. A generator is
    held from its first value, and settled when it is exhausted or closed.

    Args:
        estimate: What to hold: amounts, or `estimate(*args, **kwargs)` that returns them. Where absent, the
            catalogue's estimate for the tool.
        actual: `actual(result, *args, **kwargs)` returns what it did cost; the whole hold, as an estimate, where
            absent. For a generator, `result` is the last value that it gave.
        agent: An agent, or a function that returns one, looked up at each call; where absent the current one of
            `with tallystick.use(agent)`. A plain function needs an agent of a `Client`, a coroutine function one of
            an `AsyncClient`.
        on_refusal: Turns the refusal of the reservation into the function's result (a generator's only value).
        request_id: `request_id(*args, **kwargs)` names the effect, see `step_request_id`.
        tool: The tool's name; the function's where absent.
        claim: The work that a call is for, or `claim(*args, **kwargs)` that returns it; see `Agent.claim`.
        done: With `claim`: a call that returns marks its work as done.
        ttl, workflow_id, labels, escalate, wait, release_on: See `Agent.reserve`.

    Raises:
        NoCurrentAgent: No agent is given, and none is current.
        CostUnreadable: From the call: `actual` raised or returned what is no amount. The whole hold is committed,
            and the error carries the function's `result`.
    """
    if done and claim is None:
        raise ValueError("done=True is said of work: claim= says which")
    if estimate is not None and not callable(estimate):
        quantities(_several(estimate))  # what cannot be an amount is said here, not at the first call

    def decorate(function: FunctionT) -> FunctionT:
        name = _TOOL_CHARACTERS.sub("_", getattr(function, "__name__", "") if tool is None else tool)[:_TOOL_MAX]
        terms = {"tool": name, "ttl": ttl, "workflow_id": workflow_id, "labels": labels, "release_on": release_on}
        how = _Guard(
            estimate=estimate,
            actual=actual,
            agent=agent,
            on_refusal=on_refusal,
            request_id=request_id,
            claim=claim,
            terms=terms | {"done": done, "escalate": escalate, "wait": wait},
        )
        if inspect.isasyncgenfunction(function):
            wrapper: Any = _async_generator(function, how)
        elif inspect.iscoroutinefunction(function):
            wrapper = _coroutine(function, how)
        elif inspect.isgeneratorfunction(function):
            wrapper = _generator(function, how)
        else:
            wrapper = _plain(function, how)
        functools.update_wrapper(wrapper, function)
        guarded: FunctionT = wrapper
        return guarded

    return decorate


def _plain(function: Callable[..., Any], how: _Guard) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  (the function's own)
        hold: Hold = how.reserve(args, kwargs, Agent)
        try:
            hold.__enter__()
        except Refused as refusal:
            if how.on_refusal is None:
                raise
            return how.on_refusal(refusal)
        with ExitStack() as stack:
            stack.push(hold)
            result = function(*args, **kwargs)
            how.state(hold, result, args, kwargs)
            return result

    return call


def _coroutine(function: Callable[..., Any], how: _Guard) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  (the function's own)
        hold: AsyncHold = how.reserve(args, kwargs, AsyncAgent)
        try:
            await hold.__aenter__()
        except Refused as refusal:
            if how.on_refusal is None:
                raise
            return await _answer(how.on_refusal(refusal))
        async with AsyncExitStack() as stack:
            stack.push_async_exit(hold)
            result = await function(*args, **kwargs)
            how.state(hold, result, args, kwargs)
            return result

    return call


def _generator(function: Callable[..., Any], how: _Guard) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:  # noqa: ANN401  (the function's own)
        hold: Hold = how.reserve(args, kwargs, Agent)
        try:
            hold.__enter__()
        except Refused as refusal:
            if how.on_refusal is None:
                raise
            yield how.on_refusal(refusal)
            return None
        with ExitStack() as stack:
            stack.push(hold)
            inner = function(*args, **kwargs)
            last = None
            step: Callable[[], Any] = functools.partial(next, inner)
            while True:
                try:
                    last = step()
                except StopIteration as end:
                    how.state(hold, last, args, kwargs)
                    return end.value
                try:
                    sent = yield last
                except GeneratorExit:
                    inner.close()
                    how.state(hold, last, args, kwargs)
                    raise
                except BaseException as error:  # noqa: BLE001  (the inner generator decides)
                    step = functools.partial(inner.throw, error)
                else:
                    step = functools.partial(inner.send, sent)

    return call


def _async_generator(function: Callable[..., Any], how: _Guard) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:  # noqa: ANN401  (the function's own)
        hold: AsyncHold = how.reserve(args, kwargs, AsyncAgent)
        try:
            await hold.__aenter__()
        except Refused as refusal:
            if how.on_refusal is None:
                raise
            yield await _answer(how.on_refusal(refusal))
            return
        async with AsyncExitStack() as stack:
            stack.push_async_exit(hold)
            inner = function(*args, **kwargs)
            last = None
            step: Callable[[], Any] = functools.partial(anext, inner)
            while True:
                try:
                    last = await step()
                except StopAsyncIteration:
                    how.state(hold, last, args, kwargs)
                    return
                try:
                    sent = yield last
                except GeneratorExit:
                    # First, because nothing may be awaited safely where the loop is going down.
                    how.state(hold, last, args, kwargs)
                    await inner.aclose()
                    raise
                except BaseException as error:  # noqa: BLE001  (the inner generator decides)
                    step = functools.partial(inner.athrow, error)
                else:
                    step = functools.partial(inner.asend, sent)

    return call


async def _answer(answer: Any) -> Any:  # noqa: ANN401  (the caller's own)
    return await answer if inspect.isawaitable(answer) else answer


def _several(amounts: Any) -> tuple[Any, ...]:  # noqa: ANN401  (whatever the caller's function returned)
    """One amount, or a list of them. A pair of number and unit is one."""
    return tuple(amounts) if isinstance(amounts, list) else (amounts,)
