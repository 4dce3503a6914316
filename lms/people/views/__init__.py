"""The screens of sign-in, profile, people, teams, user domains and role permissions."""
