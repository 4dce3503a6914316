"""People of one tenant: domains, teams, memberships, promotions, role permissions, sessions."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.core.text import clean_text, match_key
from lms.tenancy.models import DateFormat, TenantForeignKey, TenantOwned


class Role(models.TextChoices):
    """Profile roles in ascending order (L-02)."""

    LEARNER = "learner", _("Learner")
    TEAM_LEADER = "team_leader", _("Team Leader")
    TEAM_ADMIN = "team_admin", _("Team Administrator")
    ADMINISTRATOR = "administrator", _("Administrator")
    OWNER = "owner", _("Account Owner")


TENANT_ROLES = (Role.ADMINISTRATOR, Role.OWNER)
TEAM_ROLES = (Role.TEAM_LEADER, Role.TEAM_ADMIN)


class PeopleDomain(TenantOwned):
    """A part of the organisation (on screen: user domain). A person belongs to one."""

    slug = models.SlugField(_("short name"), max_length=63)
    name = models.CharField(_("name"), max_length=200)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "slug"], name="people_domain_slug")]

    def __str__(self) -> str:
        return self.name


class User(AbstractBaseUser, TenantOwned):
    """A person. Only the username is unique, in the tenant and without regard to case (L-22)."""

    username = models.CharField(_("username"), max_length=100)
    username_key = models.CharField(max_length=200, editable=False)
    email = models.EmailField(_("e-mail"), blank=True)
    email_key = models.CharField(max_length=300, blank=True, editable=False)
    employee_id = models.CharField(_("employee id"), max_length=100, blank=True)
    employee_id_key = models.CharField(max_length=200, blank=True, editable=False)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    domain = TenantForeignKey(
        PeopleDomain, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("user domain")
    )
    role = models.CharField(_("role"), max_length=20, choices=Role.choices, default=Role.LEARNER)
    date_format = models.CharField(_("date format"), max_length=10, choices=DateFormat.choices, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    # Who was deactivated came back on this day; nobody is told about the time away (E-19).
    active_since = models.DateField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "username_key"], name="people_user_username"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "email_key"], name="people_user_email"),
            models.Index(fields=["tenant", "employee_id_key"], name="people_user_employee_id"),
            models.Index(fields=["tenant", "last_name", "first_name", "id"], name="people_user_name"),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        """First and last name, or the username where there is none."""
        return f"{self.first_name} {self.last_name}".strip() or self.username

    def fill_keys(self) -> None:
        """Clean the identifiers and set their match keys (E-56); bulk writers call it before writing."""
        self.username, self.username_key = clean_text(self.username), match_key(self.username)
        self.email, self.email_key = clean_text(self.email), match_key(self.email)
        self.employee_id, self.employee_id_key = clean_text(self.employee_id), match_key(self.employee_id)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with match keys that fit the identifiers."""
        self.fill_keys()
        super().save(*args, **kwargs)


class Team(TenantOwned):
    """A team; teams form a tree."""

    name = models.CharField(_("name"), max_length=200)
    parent = TenantForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("part of"), related_name="children"
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "parent", "name"], name="people_team_name", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return self.name


class Membership(TenantOwned):
    """A person is in a team."""

    team = TenantForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    person = TenantForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    joined_on = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "team", "person"], name="people_membership_once")
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "person", "team"], name="people_membership_person")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.team_id}"


class Promotion(TenantOwned):
    """A person leads or administers a team and all teams below it (on screen: team role; L-03, L-05)."""

    team = TenantForeignKey(Team, on_delete=models.CASCADE, related_name="promotions")
    person = TenantForeignKey(User, on_delete=models.CASCADE, related_name="promotions")
    role = models.CharField(_("team role"), max_length=20, choices=[(r.value, r.label) for r in TEAM_ROLES])

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "person", "team"], name="people_promotion_once")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role} of {self.team_id}"


class PromotionDomain(TenantOwned):
    """A team role names a user domain for which its holder may upload offline records (S-01)."""

    promotion = TenantForeignKey(Promotion, on_delete=models.CASCADE, related_name="domains")
    domain = TenantForeignKey(PeopleDomain, on_delete=models.CASCADE)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "promotion", "domain"], name="people_promotiondomain_once")
        ]

    def __str__(self) -> str:
        return f"promotion {self.promotion_id} for domain {self.domain_id}"


class RolePermission(TenantOwned):
    """An owner's answer for one role and permission, where it differs from the shipped table (G-01, L-06)."""

    role = models.CharField(max_length=20, choices=[(r.value, r.label) for r in TEAM_ROLES])
    permission = models.CharField(max_length=60)
    allowed = models.BooleanField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "role", "permission"], name="people_rolepermission_once")
        ]

    def __str__(self) -> str:
        return f"{self.role}: {self.permission} = {self.allowed}"


class SignInAttempt(models.Model):
    """A failed sign-in, counted by (tenant, username) and by address (S37). Holds a digest, no name; no wall."""

    bucket = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["bucket", "at"], name="people_signinattempt_bucket")]

    def __str__(self) -> str:
        return self.bucket


class Session(AbstractBaseSession):
    """A signed-in browser. Has no wall: it is read before the person is known; it names tenant and person by id."""

    tenant_id = models.IntegerField(null=True)
    user_id = models.BigIntegerField(null=True, db_index=True)

    class Meta(AbstractBaseSession.Meta):
        db_table = "people_session"

    @classmethod
    def get_session_store_class(cls) -> type[Any]:
        """The session engine that fills the two extra columns."""
        from lms.people.sessions import SessionStore

        return SessionStore
