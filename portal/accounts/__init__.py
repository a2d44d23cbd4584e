"""Users and how they sign in.

A user is a person with an e-mail address; a manager is a user of the marketplace's own staff. Which partners a
user acts for is not known here: that is a membership, in `partners`.
"""
