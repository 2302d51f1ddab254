"""Figures as SVG: the same bytes from the same numbers, in the colours of the page that shows them."""
