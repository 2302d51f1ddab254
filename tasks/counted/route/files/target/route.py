"""The A* search for the cheapest way through a grid. `route` is what is measured."""

import heapq

FAR = float("inf")


def route(open_cell, start, goal):
    """The cells of the cheapest way; each call of `open_cell`, which gives (neighbour, price) pairs, costs."""
    waiting = [(0, 0, start)]
    best = {start: 0}
    came = {}
    while waiting:
        _, cost, cell = heapq.heappop(waiting)
        if cell == goal:
            break
        if cost > best[cell]:
            continue
        for other, price in open_cell(cell):
            whole = cost + price
            if whole < best.get(other, FAR):
                best[other], came[other] = whole, cell
                heapq.heappush(waiting, (whole + left(other, goal), whole, other))
    return walk_back(came, start, goal)


def left(cell, goal):
    """The least that the rest of the way can cost."""
    return abs(cell[0] - goal[0]) + abs(cell[1] - goal[1])


def walk_back(came, start, goal):
    way = [goal]
    while way[-1] != start:
        way.append(came[way[-1]])
    return way[::-1]
