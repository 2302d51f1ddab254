"""Dijkstra's search for the cheapest way through a grid. `route` is what is measured."""

import heapq

FAR = float("inf")


def route(open_cell, start, goal):
    """The cells of the cheapest way; each call of `open_cell`, which gives (neighbour, price) pairs, costs."""
    waiting = [(0, 0, start)]
    best = {start: 0}
    came = {}
    while waiting:
        _, cost, cell = heapq.heappop(waiting)
        for other, price in open_cell(cell):
            whole = cost + price
            if whole < best.get(other, FAR):
                best[other], came[other] = whole, cell
                heapq.heappush(waiting, (whole, whole, other))
    return walk_back(came, start, goal)


def walk_back(came, start, goal):
    way = [goal]
    while way[-1] != start:
        way.append(came[way[-1]])
    return way[::-1]
