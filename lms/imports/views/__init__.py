"""Screens of imports, split by noun. Thin: a form, one service or selector, a redirect or a template."""
