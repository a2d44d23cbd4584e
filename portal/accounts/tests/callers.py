"""Who a token stands for, by the two steps that the API takes."""

from datetime import datetime

from portal.accounts import tokens
from portal.accounts.models import User


def caller_of(access: str, *, at: datetime) -> User:
    """:raises TokenRefused:"""
    token = tokens.read_access_token(access, at=at)
    return tokens.may_call(User.objects.filter(pk=token.user_id).first(), token)
