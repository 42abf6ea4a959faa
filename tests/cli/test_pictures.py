import io
import sys

from ledger.cli.bars import ASCII, UNICODE
from ledger.cli.pictures import marks_for, print_lines, show, table
from ledger.cli.session import Session


def texts(lines):
    """Lines without their styles."""
    return ["".join(text for text, _ in line) for line in lines]


def test_table():
    """Columns are as wide as their widest cell, whatever pieces it has; no line ends in blanks."""
    lines = table(("a", "long head", "c"), [["1", [("##", "spent"), ("..", "available")], ""], ["222", "x", "y"]])

    assert texts(lines) == ["a    long head  c", "1    ##..", "222  x          y"]
    assert ("##", "spent") in lines[1]


def test_table__nothing():
    """Without rows there are no heads either."""
    assert table(("a",), []) == []


def test_marks_for(monkeypatch):
    """Plain characters where they are wanted, or where the output has no others."""
    assert marks_for(plain=True) == ASCII

    for encoding, marks in (("utf-8", UNICODE), ("cp437", ASCII), ("ascii", ASCII)):
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
        assert marks_for() == marks


def test_show(capsys):
    """The document for programs, the picture for people."""
    show(Session(as_json=True), {"x": 1}, [[("people", "")]])
    show(Session(), {"x": 1}, [[("people ", "head"), ("see", "")]])

    assert capsys.readouterr().out == '{"x": 1}\npeople see\n'


def test_print_lines__long(capsys):
    """A line is never broken: whoever pipes it finds one line for one thing."""
    print_lines([[("x" * 300, "faint")]])

    assert capsys.readouterr().out == "x" * 300 + "\n"
