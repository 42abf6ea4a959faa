"""The naive model's tools and pauses: what may be used where, and what a tool is estimated at."""

from typing import Any

from tests.model.books import Books
from tests.model.words import No


class Tools(Books):
    """A catalogue, lists, and pauses."""

    def _set_tool(self, name: str, estimate: Any, enabled: bool, version: int, now: int) -> None:
        tool = self.tools.get(name)
        if tool is None or tool["deleted"]:
            if version:
                raise No("TOOL_NOT_FOUND")
        elif tool["version"] != version:
            raise No("ETAG_MISMATCH")
        self._known(estimate)
        number = tool["version"] + 1 if tool else 1
        self.tools[name] = {"estimate": estimate, "enabled": enabled, "version": number, "deleted": False}

    def _delete_tool(self, name: str, version: int, now: int) -> None:
        tool = self.tools.get(name)
        if tool is None or tool["deleted"]:
            raise No("TOOL_NOT_FOUND")
        if tool["version"] != version:
            raise No("ETAG_MISMATCH")
        self.tools[name] = {"estimate": (), "enabled": True, "version": version + 1, "deleted": True}

    def _set_lists(self, path: str, allowed: Any, denied: Any, version: int, now: int) -> None:
        self._exists(path)
        self._open(path)
        if self.lists.get(path, {"version": 0})["version"] != version:
            raise No("ETAG_MISMATCH")
        self.lists[path] = {"allowed": allowed, "denied": denied, "version": version + 1}

    def _estimate(self, tool: str) -> Any:
        return self.tools.get(tool, {"estimate": ()})["estimate"]

    def _allowed(self, path: str, tool: str) -> None:
        if not self.tools.get(tool, {"enabled": True})["enabled"]:
            raise No("TOOL_NOT_ALLOWED", path=self.name)
        for above in self.above(path):
            lists = self.lists.get(above, {"allowed": (), "denied": ()})
            if tool and any(_is(tool, pattern) for pattern in lists["denied"]):
                raise No("TOOL_NOT_ALLOWED", path=above)
            if lists["allowed"] and not (tool and any(_is(tool, pattern) for pattern in lists["allowed"])):
                raise No("TOOL_NOT_ALLOWED", path=above)

    def _pause(self, principal: str, path: str, now: int) -> None:
        self._exists(path)
        before = self.paused.get(path, {"by": principal, "others": False})
        self.paused[path] = {"by": principal, "others": before["others"] or before["by"] != principal}

    def _resume(self, path: str, now: int) -> None:
        self._exists(path)
        self.paused.pop(path, None)


def _is(tool: str, pattern: str) -> bool:
    return tool == pattern or (pattern[-1] == "*" and tool.startswith(pattern[:-1]))
