"""The forms of sign-in, people and teams."""
