"""Insertion sort that halves, and asks the last one first. `sort` is what is measured."""


def sort(items, less):
    """A sorted list; `less(a, b)`, whether a belongs before b, is what costs."""
    done = []
    for item in items:
        if done and not less(item, done[-1]):
            done.append(item)
            continue
        done.insert(find(done, item, less), item)
    return done


def find(done, item, less):
    """Before which of `done` the item belongs; after those that are equal."""
    place, end = 0, len(done)
    while place < end:
        middle = (place + end) // 2
        if less(item, done[middle]):
            end = middle
        else:
            place = middle + 1
    return place
