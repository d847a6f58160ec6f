"""The rows of accounts: users, their memberships and their preferences."""

from accounts.models.membership import ALLOWANCES, Membership, Tier
from accounts.models.preferences import Preferences
from accounts.models.user import User

__all__ = ["ALLOWANCES", "Membership", "Preferences", "Tier", "User"]
