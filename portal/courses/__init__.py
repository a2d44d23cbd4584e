"""What is taught: courses, as the shop sells them.

Content belongs to the shop; the import creates courses and keeps them fresh. Scheduled runs are `dates`.
"""
