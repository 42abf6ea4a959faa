"""Exceptions that come before any work."""

import errno
import socket
import urllib.error
from email.message import Message

import pytest

from tallystick.before_work import before_any_work, says


def of_module(module, name="Error", base=Exception, **attributes):
    """An exception of somebody's package, without the package."""
    return type(name, (base,), {"__module__": module, **attributes})


def raised_from(error, cause):
    """What `raise error from cause` raises."""
    error.__cause__ = cause
    return error


def test_before_any_work__connection():
    """Refused and unresolved connections come before any work; a broken one does not."""
    assert before_any_work(ConnectionRefusedError())
    assert before_any_work(socket.gaierror(-2, "Name or service not known"))
    assert before_any_work(OSError(errno.ECONNREFUSED, "refused"))
    assert not before_any_work(ConnectionResetError())
    assert not before_any_work(TimeoutError())
    assert not before_any_work(ValueError())
    assert not before_any_work(KeyboardInterrupt())


@pytest.mark.parametrize(
    ("status", "expected"), [(400, True), (401, True), (429, True), (408, False), (500, False), (200, False)]
)
def test_before_any_work__status(status, expected):
    """The status may be the exception's own, or its response's."""
    response = type("Response", (), {"status_code": status})()

    assert before_any_work(of_module("openai", status_code=status)()) == expected
    assert before_any_work(of_module("httpx", response=response)()) == expected
    assert before_any_work(of_module("requests.exceptions", response=response)()) == expected
    assert before_any_work(of_module("aiohttp.client_exceptions", status=status)()) == expected
    assert before_any_work(of_module("own.code", status_code=status)()) == expected
    assert before_any_work(urllib.error.HTTPError("u", status, "m", Message(), None)) == expected
    aws = {"ResponseMetadata": {"HTTPStatusCode": status}}
    assert before_any_work(of_module("botocore.exceptions", response=aws)()) == expected


def test_before_any_work__own_answers():
    """What a web framework answers its own caller says nothing of the work behind it."""
    assert not before_any_work(of_module("fastapi.exceptions", status_code=404)())
    assert not before_any_work(of_module("own.code", status=404, code=404)())


def test_before_any_work__wrapped_by_clients():
    """Well-known clients wrap the system's error; it is found below theirs."""
    refused = ConnectionRefusedError(111, "refused")
    assert before_any_work(raised_from(of_module("httpx")(), raised_from(of_module("httpcore")(), refused)))
    assert before_any_work(raised_from(of_module("openai")(), raised_from(of_module("httpx")(), refused)))
    assert before_any_work(of_module("aiohttp", os_error=refused)())
    assert before_any_work(of_module("requests.exceptions")(of_module("urllib3", reason=refused)()))
    assert before_any_work(urllib.error.URLError(refused))


def test_before_any_work__wrapped_by_others():
    """Whatever else is raised from a refused connection may have tried something before."""
    assert not before_any_work(raised_from(RuntimeError("the backup failed too"), ConnectionRefusedError()))


def test_before_any_work__circle():
    """A chain of causes that bites its tail ends."""
    first, second = of_module("httpx")(), of_module("httpx")()

    assert not before_any_work(raised_from(first, raised_from(second, first)))


def test_says__kinds():
    """A rule is a type, several, or a function."""
    assert says(KeyError, KeyError())
    assert says((KeyError, ValueError), ValueError())
    assert not says((), KeyError())
    assert says(lambda error: bool(error.args), KeyError(1))
