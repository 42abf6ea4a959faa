"""The decorator on every kind of function."""

import asyncio
import gc
import inspect
from datetime import UTC, datetime

import pytest

import tallystick
from tests.client.fake_service import COMMITTED, OPEN

USD = 10**9


def cost(result, *args, **kwargs):
    """The result is the price."""
    return f"{result} USD"


def test_guard__function(service, scout):
    """The estimate and the cost are functions of the call; the tool is the function's name."""

    @tallystick.guard(lambda query, *, depth: f"0.0{depth} USD", actual=cost, agent=scout)
    def web_search(query: str, *, depth: int) -> str:
        """Search the web."""
        assert service.usd()[1] == depth * USD // 100
        return "0.01"

    assert web_search("lisbon", depth=5) == "0.01"
    assert service.usd() == (15 * USD - USD // 100, 0, USD // 100)
    assert service.only().message.tool == "web_search"


def test_guard__looks_like_the_function(scout):
    """Name, documentation, signature and kind stay, so that a framework sees the tool it saw before."""

    async def fetch(url: str, retries: int = 3) -> bytes:
        """Fetch a page."""
        return url.encode() * retries

    def stream(count: int):
        yield count

    async def stream_async(count: int):
        yield count

    guarded = tallystick.guard("1 USD")(fetch)

    assert (guarded.__name__, guarded.__doc__) == ("fetch", "Fetch a page.")
    assert inspect.signature(guarded) == inspect.signature(fetch)
    assert inspect.iscoroutinefunction(guarded)
    assert inspect.isgeneratorfunction(tallystick.guard("1 USD")(stream))
    assert inspect.isasyncgenfunction(tallystick.guard("1 USD")(stream_async))
    assert not inspect.iscoroutinefunction(tallystick.guard("1 USD")(lambda: None))


def test_guard__method(service, scout):
    """A method's self is an argument like any other."""

    class Searcher:
        price = "0.02"

        @tallystick.guard(lambda self, query: f"{self.price} USD", agent=lambda: scout)
        def search(self, query):
            return query

    assert Searcher().search("x") == "x"
    assert service.usd()[2] == 2 * USD // 100


def test_guard__without_actual(service, scout):
    """Without actual= the whole hold is the cost, as an estimate."""
    tallystick.guard("0.25 USD", agent=scout)(lambda: None)()

    assert service.usd()[2] == USD // 4
    assert service.only().message.basis == 2
    assert service.only().message.tool == "_lambda_"


def test_guard__current_agent(service, scout, client):
    """The current agent is looked up at each call, and an inner one gives way to the outer one again."""
    tool = tallystick.guard("0.01 USD")(lambda: None)
    service.accounts["acme/other", "USD"] = service.accounts["acme/scout", "USD"]

    with tallystick.use(scout):
        tool()
        with tallystick.use(client.agent("acme/other")):
            tool()
        tool()

    paths = [request.partition for request in service.requests("Reserve")]
    assert paths == ["acme/scout", "acme/other", "acme/scout"]


def test_guard__no_agent():
    """No agent is an error that names the three ways to give one."""
    with pytest.raises(tallystick.NoCurrentAgent) as caught:
        tallystick.guard("0.01 USD")(lambda: None)()

    for way in ("agent=client.agent", "agent=lambda", "tallystick.use(agent)"):
        assert way in str(caught.value)


def test_guard__wrong_kind_of_agent(async_scout):
    """A plain function cannot wait for an asynchronous client."""
    with pytest.raises(TypeError, match="an agent of a Client"):
        tallystick.guard("0.01 USD", agent=async_scout)(lambda: None)()


def test_guard__refused(scout):
    """on_refusal turns a refusal into the tool's answer; without it the refusal is raised."""
    plain = tallystick.guard("16 USD", agent=scout)(lambda: "ran")
    soft = tallystick.guard("16 USD", agent=scout, on_refusal=lambda no: f"only {no.available}")(lambda: "ran")

    with pytest.raises(tallystick.BudgetExhausted):
        plain()
    assert soft() == "only 15 USD"


def test_guard__refusal_inside(scout):
    """A refusal that the function itself raises is not taken for one of its reservation."""
    inner = tallystick.guard("16 USD", agent=scout)(lambda: "ran")
    outer = tallystick.guard("1 USD", agent=scout, on_refusal=lambda _: "refused")(inner)

    with pytest.raises(tallystick.BudgetExhausted):
        outer()


def test_guard__actual_raises(service, scout):
    """Where the cost cannot be read the whole hold is committed, and the error carries the result."""
    tool = tallystick.guard("0.25 USD", actual=lambda result: result["usage"], agent=scout)(lambda: {"text": "hi"})

    with pytest.raises(tallystick.CostUnreadable) as caught:
        tool()

    assert caught.value.result == {"text": "hi"}
    assert isinstance(caught.value.__cause__, KeyError)
    assert service.usd() == (15 * USD - USD // 4, 0, USD // 4)


def test_guard__actual_is_a_float(service, scout):
    """A float is no cost, wherever it comes from."""
    with pytest.raises(tallystick.CostUnreadable) as caught:
        tallystick.guard("0.25 USD", actual=lambda result: 0.1, agent=scout)(lambda: "text")()

    assert caught.value.result == "text"
    assert service.only().message.state == COMMITTED


def test_guard__function_raises(service, scout):
    """An exception of the function leaves the outcome unknown."""

    @tallystick.guard("0.25 USD", agent=scout)
    def broken():
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        broken()
    assert service.only().message.state == OPEN


def test_guard__workflow_step(service, scout):
    """With a step's request id the work runs once, however often the workflow is run."""
    start = datetime.now(UTC)
    ran = []

    @tallystick.guard("0.25 USD", agent=scout, request_id=lambda step: tallystick.step_request_id(start, "w", step))
    def work(step):
        ran.append(step)

    work("a")
    work("b")
    with pytest.raises(tallystick.HoldEnded):
        work("a")
    assert ran == ["a", "b"]


async def test_guard__coroutine(service, async_scout):
    """A coroutine function is held while it runs, not while it waits to be awaited."""

    @tallystick.guard("0.25 USD, 100 tokens", actual=lambda result: {"USD": result, "tokens": 7}, agent=async_scout)
    async def ask():
        await asyncio.sleep(0)
        return "0.01"

    pending = ask()
    assert service.count("Reserve") == 0
    assert await pending == "0.01"
    assert service.usd() == (15 * USD - USD // 100, 0, USD // 100)


async def test_guard__coroutine_refused(async_scout):
    """The answer to a refusal may be awaited."""

    async def answer(refusal):
        return refusal.reason

    tool = tallystick.guard("16 USD", agent=async_scout, on_refusal=answer)

    @tool
    async def ask():
        return "ran"

    assert await ask() == "BUDGET_EXHAUSTED"


async def test_guard__tasks_have_their_own_agent(service, async_client):
    """The current agent belongs to the task."""
    service.accounts["acme/other", "USD"] = service.accounts["acme/scout", "USD"]

    @tallystick.guard("0.01 USD")
    async def tool():
        return None

    async def work(path):
        with tallystick.use(async_client.agent(path)):
            await asyncio.sleep(0.01)
            await tool()

    await asyncio.gather(work("acme/scout"), work("acme/other"))
    assert sorted(request.partition for request in service.requests("Reserve")) == ["acme/other", "acme/scout"]


def stream(count):
    """Give prices that rise."""
    for number in range(1, count + 1):
        yield f"0.0{number}"


def test_guard__generator_exhausted(service, scout):
    """A generator is held from its first value, and settled by its last."""
    guarded = tallystick.guard("0.25 USD", actual=cost, agent=scout)(stream)

    values = guarded(3)
    assert service.count("Reserve") == 0
    assert list(values) == ["0.01", "0.02", "0.03"]
    assert service.usd() == (15 * USD - 3 * USD // 100, 0, 3 * USD // 100)


def test_guard__generator_closed(service, scout):
    """A generator that is closed early is settled by what it gave last."""
    values = tallystick.guard("0.25 USD", actual=cost, agent=scout)(stream)(3)

    next(values)
    values.close()

    assert service.usd() == (15 * USD - USD // 100, 0, USD // 100)


def test_guard__generator_dropped(service, scout):
    """A generator that nobody keeps is closed, and so settled."""
    for _ in tallystick.guard("0.25 USD", agent=scout)(stream)(3):
        break
    gc.collect()

    assert service.only().message.state == COMMITTED


def test_guard__generator_two_ways(scout):
    """Values and exceptions reach the generator, and its result reaches the caller."""

    def echo():
        try:
            got = yield 1
        except KeyError:
            got = yield 2
        return got

    guarded = tallystick.guard("0.25 USD", agent=scout)(echo)()
    assert next(guarded) == 1
    assert guarded.throw(KeyError()) == 2
    with pytest.raises(StopIteration) as end:
        guarded.send("done")
    assert end.value.value == "done"


def test_guard__generator_raises(service, scout):
    """An exception inside a generator leaves the outcome unknown."""

    @tallystick.guard("0.25 USD", agent=scout)
    def broken():
        yield 1
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        list(broken())
    assert service.only().message.state == OPEN


def test_guard__generator_refused(scout):
    """The answer to a refusal is a generator's only value."""
    guarded = tallystick.guard("16 USD", agent=scout, on_refusal=lambda no: no.reason)(stream)

    assert list(guarded(3)) == ["BUDGET_EXHAUSTED"]


async def stream_async(count):
    """Give prices that rise."""
    for number in range(1, count + 1):
        await asyncio.sleep(0)
        yield f"0.0{number}"


async def test_guard__async_generator_exhausted(service, async_scout):
    """An asynchronous generator is settled by its last value."""
    guarded = tallystick.guard("0.25 USD", actual=cost, agent=async_scout)(stream_async)

    assert [value async for value in guarded(3)] == ["0.01", "0.02", "0.03"]
    assert service.usd() == (15 * USD - 3 * USD // 100, 0, 3 * USD // 100)


async def test_guard__async_generator_closed(service, async_scout):
    """An asynchronous generator that is closed early is settled by what it gave last."""
    values = tallystick.guard("0.25 USD", actual=cost, agent=async_scout)(stream_async)(3)

    await anext(values)
    await values.aclose()

    assert service.usd() == (15 * USD - USD // 100, 0, USD // 100)


async def test_guard__async_generator_two_ways(async_scout):
    """Values and exceptions reach the generator."""

    async def echo():
        try:
            got = yield 1
        except KeyError:
            got = yield 2
        yield got

    guarded = tallystick.guard("0.25 USD", agent=async_scout)(echo)()
    assert await anext(guarded) == 1
    assert await guarded.athrow(KeyError()) == 2
    assert await guarded.asend("sent") == "sent"
    await guarded.aclose()


async def test_guard__async_generator_refused(async_scout):
    """The answer to a refusal is the only value."""
    guarded = tallystick.guard("16 USD", agent=async_scout, on_refusal=lambda no: no.reason)(stream_async)

    assert [value async for value in guarded(3)] == ["BUDGET_EXHAUSTED"]


@pytest.mark.parametrize("estimate", [0.25, "much", ["1 USD", 2.0]])
def test_guard__estimate_that_is_no_amount(estimate):
    """An estimate that can never be an amount is said where the tool is decorated, not at its first call."""
    with pytest.raises((TypeError, ValueError)):
        tallystick.guard(estimate)


def test_guard__work(service, scout):
    """A call may claim work, mark it as done, and answer with the result of who did it before."""

    @tallystick.guard(
        "0.10 USD",
        agent=scout,
        claim=lambda page: f"page-{page}",
        done=True,
        on_refusal=lambda refusal: f"done by {refusal.claim_holder}",
    )
    def read(page):
        return f"text of {page}"

    assert read(1) == "text of 1"
    assert read(1) == "done by acme/scout"
    assert read(2) == "text of 2"
    assert [commit.done for commit in service.requests("Commit")] == [True, True]


def test_guard__estimate_of_the_catalogue(service, client, scout):
    """Without an estimate the catalogue's is held."""
    client.set_tool("acme", "search", "0.25 USD")

    @tallystick.guard(agent=scout)
    def search():
        return service.usd()[1]

    assert search() == USD // 4


def test_guard__done_of_nothing():
    """Only work can be done: said where the function is decorated."""
    with pytest.raises(ValueError, match="claim= says which"):
        tallystick.guard("0.10 USD", done=True)
