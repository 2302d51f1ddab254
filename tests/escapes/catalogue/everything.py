"""All attacks, by family."""

from __future__ import annotations

from tests.escapes.catalogue import descriptors, files, host, leftovers, limits, links, network, surface

CATALOGUE = {
    "Network": network.ATTACKS,
    "Files of the host": files.ATTACKS,
    "Processes, variables and settings of the host": host.ATTACKS,
    "Open descriptors": descriptors.DESCRIPTORS,
    "Writing outside": descriptors.WRITING,
    "What the harness reads afterwards": links.ATTACKS,
    "Devices, privileges and namespaces": surface.PRIVILEGES,
    "The kernel's surface": surface.CALLS,
    "Limits": limits.ATTACKS,
    "What outlives the command": leftovers.LEFTOVERS,
    "Output": leftovers.OUTPUT,
}
EVERY = tuple(attack for attacks in CATALOGUE.values() for attack in attacks)
