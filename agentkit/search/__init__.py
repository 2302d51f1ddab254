"""Search: operators, memory views, coders and finalisers that scaffolds share."""
