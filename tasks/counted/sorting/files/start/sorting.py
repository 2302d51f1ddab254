"""Insertion sort. `sort` is what is measured."""


def sort(items, less):
    """A sorted list; `less(a, b)`, whether a belongs before b, is what costs."""
    done = []
    for item in items:
        done.insert(find(done, item, less), item)
    return done


def find(done, item, less):
    """Before which of `done` the item belongs; after those that are equal."""
    place = len(done)
    while place and less(item, done[place - 1]):
        place -= 1
    return place
