from decimal import Decimal

import pytest

from ledger.cli.bars import ASCII, UNICODE
from ledger.cli.tree import Node, Sums, draw, legend, nodes_of


def sums(*numbers):
    """Spent, reserved and available."""
    return Sums(*map(Decimal, numbers))


TREE = [
    Node("acme", sums("0", "0", "120.5"), sums("38.1", "4.5", "257.4"), leaf=False),
    Node("acme/ops", sums("0", "0", "20"), sums("12", "1.5", "86.5"), leaf=False),
    Node("acme/ops/builder", sums("12", "1.5", "66.5"), sums("12", "1.5", "66.5")),
    Node("acme/research", sums("0", "0", "0"), sums("26.1", "3", "-1.1"), leaf=False),
    Node("acme/research/scout", sums("26.1", "3", "-1.1"), sums("26.1", "3", "-1.1")),
    Node("acme/research/was", sums("0", "0", "0"), sums("0", "0", "0"), state="CLOSED"),
]


def texts(lines):
    """Lines without their styles."""
    return ["".join(text for text, _ in line) for line in lines]


def test_draw__narrow():
    """At 60 columns a partition has lines of its own: bar, subtree, own."""
    assert texts(draw(TREE, "USD", 60, UNICODE)) == [
        "USD                  spent  reserved available",
        "acme                                   ██▒░░░░░░░░░░░░░░░░░",
        "│  subtree            38.1       4.5     257.4",
        "│  own                   0         0     120.5",
        "├─ ops                                 ██▒░░░░░░░░░░░░░░░░░",
        "│  │  subtree           12       1.5      86.5",
        "│  │  own                0         0        20",
        "│  └─ builder                          ███▒░░░░░░░░░░░░░░░░",
        "│                       12       1.5      66.5",
        "└─ research                            ██████████████████▒▒▲",
        "   │  subtree         26.1         3      -1.1",
        "   │  own                0         0         0",
        "   ├─ scout                            ██████████████████▒▒▲",
        "   │                  26.1         3      -1.1",
        "   └─ was                              ····················",
        "         closed          0         0         0",
    ]


def test_draw__wide():
    """At 100 columns a partition is one line; of a leaf subtree and own are the same."""
    lines = texts(draw(TREE, "USD", 100, ASCII))

    assert lines[:2] == [
        "USD                                                          subtree                             own",
        "                                           spent  reserved available       spent  reserved available",
    ]
    assert lines[2].split() == ["acme", "###=...................", "38.1", "4.5", "257.4", "0", "0", "120.5"]
    assert lines[4].split() == ["|", "`-", "builder", "###=...................", "12", "1.5", "66.5"]
    assert lines[6].split()[-4:] == ["#####################==!", "26.1", "3", "-1.1"]
    assert lines[7].endswith("0    closed")
    assert len({line.index("##") for line in lines if "##" in line}) == 1


@pytest.mark.parametrize("width", [40, 60, 80, 99, 100, 132, 200])
@pytest.mark.parametrize("marks", [UNICODE, ASCII])
def test_draw__fits(width, marks):
    """No line is wider than asked for, whatever the numbers and names."""
    huge = sums("9223372036.854775807", "0.000000001", "-9223372036.854775807")
    deep = [
        Node("/".join(["acme", *["a-rather-long-name"] * depth]), huge, huge, leaf=depth == 8) for depth in range(9)
    ]

    assert max(map(len, texts(draw([*TREE], "USD", width, marks)))) <= width
    if width >= 60:
        assert max(map(len, texts(draw(deep, "USD", width, marks)))) <= width


def test_draw__rounded():
    """Numbers are rounded only where they would not fit, which the picture says; what is not zero never looks so."""
    fine = [Node("acme", sums("123456789.123456789", "0.000000001", "0"), sums("0", "0", "0"))]
    fine = [Node("acme", fine[0].own, fine[0].own)]

    lines = texts(draw(fine, "USD", 60, ASCII))

    assert "  123,456,789.123  " in lines[2]
    assert "~0" in lines[2]
    assert lines[-1] == "rounded to fit; --json has every decimal place"
    assert "rounded" not in texts(draw(TREE, "USD", 60, ASCII))[-1]


def test_draw__nothing():
    """No partitions, no picture."""
    assert draw([], "USD", 80, UNICODE) == []


def test_draw__large_tree():
    """A picture of 10^4 partitions takes no noticeable time: each is looked at a fixed number of times."""
    nodes = [Node("acme", sums(1, 1, 1), sums(1, 1, 1), leaf=False)]
    nodes += [Node(f"acme/a{number:05}", sums(1, 1, 1), sums(1, 1, 1)) for number in range(10_000)]

    assert len(draw(nodes, "USD", 100, UNICODE)) == 10_003


def test_legend():
    """The picture explains its marks."""
    assert texts([legend(ASCII)]) == ["## spent  == reserved  .. available  ! in debt"]


def test_draw__paused():
    """Whatever admits nothing is marked, whether it is paused itself or something above it, at any width."""
    paused = [node._replace(paused=node.path.startswith("acme/research")) for node in TREE]

    narrow, wide = texts(draw(paused, "USD", 60, UNICODE)), texts(draw(paused, "USD", 100, ASCII))

    assert [line.split()[1] for line in narrow if "║" in line] == ["║", "║", "║"]
    assert [line.split()[:3] for line in wide if " P " in line][1] == ["|-", "P", "scout"]
    assert max(map(len, narrow)) <= 60
    assert texts([legend(ASCII, paused=True)])[0].endswith("! in debt  P paused")
    assert len(texts([legend(UNICODE, paused=True)])[0]) <= 60


def test_nodes_of(ask, acme):
    """What the SDK lists is what is drawn; a unit that never touched a partition is zero there."""
    from tallystick import Client

    with Client() as client:
        partitions = list(client.list_partitions(acme))

    assert nodes_of(partitions, "tokens")[0] == Node(acme, sums(0, 0, 500), sums(0, 0, 500), leaf=False)
    assert nodes_of(partitions, "tokens")[2] == Node(f"{acme}/research/scout", sums(0, 0, 0), sums(0, 0, 0))
