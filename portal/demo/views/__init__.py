"""The pages of the demo: shop, mailbox, tickets. Public, and only there in demo mode."""
