"""Comparison: what one side's runs came to beside another's, over what both have."""
