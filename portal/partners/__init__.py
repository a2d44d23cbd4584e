"""Partners, who acts for them, and their settings.

A partner holds courses; members act for a partner as owner, staff or viewer. Nothing here knows what is booked.
"""
