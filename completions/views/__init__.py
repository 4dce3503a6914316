"""Screens of completions, a module for each noun."""
