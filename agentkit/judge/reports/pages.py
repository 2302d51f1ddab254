"""Pages from templates: HTML that needs nothing else, in which whatever others wrote is only text."""

from __future__ import annotations

import jinja2


def open_templates(*packages: str) -> jinja2.Environment:
    """Of the `templates` folders of these packages; the first that has a name wins. Values are escaped."""
    return jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader(package, "templates") for package in packages]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
