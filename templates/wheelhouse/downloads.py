"""Downloads wheels several at a time, and before they are needed.

pip downloads one after the other, and only when it has resolved everything. What this cannot get, whatever is wrong, pip
gets as ever and says so better.
"""

import queue
import threading
from concurrent.futures import Future
from urllib.parse import unquote, urlsplit

from .net import download

WIDTH = 6


class Downloads:
    """Wheels of items whose hash is known, by the item's id."""

    def __init__(self, folder):
        self.folder, self.waiting, self.begun = folder, queue.SimpleQueue(), {}
        self.folder.mkdir()

    def begin(self, items):
        """Gets these; returns at once. Nobody waits at the end for those that nobody has asked for."""
        for item in items:
            if item.id in self.begun or not item.sha256 or urlsplit(item.url).scheme not in ("http", "https"):
                continue
            self.begun[item.id] = done = Future()
            self.waiting.put((item, done))
            if len(self.begun) <= WIDTH:
                threading.Thread(target=self.work, daemon=True).start()

    def work(self):
        while True:
            item, done = self.waiting.get()
            path = self.folder / item.sha256 / unquote(urlsplit(item.url).path.rpartition("/")[2])
            try:
                path.parent.mkdir(exist_ok=True)
                download(item.url.partition("#")[0], path, item.sha256)
            except Exception:
                path = None
            done.set_result(path)

    def get(self, item):
        """The finished file, of the item's hash; None where pip is to get it."""
        done = self.begun.get(item.id)
        return done.result() if done else None
