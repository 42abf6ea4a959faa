"""Paths: the names of partitions, `acme/research/scout`."""

import re
from typing import Final

NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
TEAM_DEPTH_MAX: Final = 8
"""R8: how many teams may lie above each other below the root."""


def well_formed(path: str) -> bool:
    """Whether every name of the path is one. Source: R7."""
    return all(NAME.fullmatch(name) for name in path.split("/"))


def organization_of(path: str) -> str:
    """The organization that a path lies in."""
    return path.partition("/")[0]


def parent_of(path: str) -> str:
    """The path one level up; empty for a root."""
    return path.rpartition("/")[0]


def common_of(one: str, other: str) -> str:
    """The nearest path at or above both; empty where they are of two organizations."""
    shared = []
    for name, name_too in zip(one.split("/"), other.split("/"), strict=False):
        if name != name_too:
            break
        shared.append(name)
    return "/".join(shared)


def at_or_below(path: str, top: str) -> bool:
    """Whether a path is one, or lies below it."""
    return path == top or path.startswith(f"{top}/")


def depth_of(path: str) -> int:
    """Levels below the root: 0 for the root itself."""
    return path.count("/")


def tree_key(path: str) -> str:
    """Sorts paths in the order of the tree: a parent before its children, a subtree in one piece."""
    return path.replace("/", "\0")
