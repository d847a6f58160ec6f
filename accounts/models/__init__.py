"""The rows of accounts: users, their memberships and their preferences."""

from accounts.models.membership import ALLOWANCES, TIER_OF_NEW_MEMBERS, Membership, Tier
from accounts.models.preferences import Preferences
from accounts.models.user import User

__all__ = ["ALLOWANCES", "TIER_OF_NEW_MEMBERS", "Membership", "Preferences", "Tier", "User"]
