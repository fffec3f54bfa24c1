"""Leaves out what was uploaded to the index too recently: time in which a bad release is found and withdrawn.

pip 23 has no option for it. So it resolves, the index tells when what it chose was uploaded, and what is too young is
excluded by a constraint, until nothing is. A version that the requirements themselves pin is taken as it is.
"""

from .run import Failure
from .text import count, say

ROUNDS = 50


def resolve(before, index, pip, pinned, ask):
    """ask gives the items of a resolution under more arguments of pip; before is "" for no cooldown."""
    items = ask([])
    if not before:
        return items
    excluded, times = {}, {}
    for _ in range(ROUNDS):
        young = [i for i in items if i.key not in pinned and not i.direct and uploaded(index, times, i)[:19] > before[:19]]
        if not young:
            return items
        for item in young:
            excluded.setdefault(item.key, set()).add(item.version)
        say(f"too young: {', '.join(map(str, young))}")
        path = pip.tmp / "cooldown.txt"
        path.write_text("".join(f"{key}{','.join('!=' + v for v in sorted(excluded[key]))}\n" for key in sorted(excluded)), encoding="utf-8")
        items = ask(["-c", str(path)])
    raise Failure(f"error: {count(excluded, 'project')} have too many young versions for this cooldown: {', '.join(sorted(excluded))}")


def uploaded(index, times, item):
    """When the file of an item was uploaded; "" where the index does not tell, which counts as long ago."""
    if item.key not in times:
        try:
            times[item.key] = {f.url.partition("#")[0]: f.uploaded for f in index.files(item.key)}
        except (OSError, ValueError) as e:
            raise Failure(f"error: the index does not tell when {item.key} was uploaded: {e}") from None
        if not any(times[item.key].values()):
            say(f"note: the index does not tell when files of {item.key} were uploaded: they count as old")
    return times[item.key].get(item.url.partition("#")[0], "")
