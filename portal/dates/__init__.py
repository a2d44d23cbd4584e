"""Scheduled runs of courses.

A date is wall-clock time in a zone: it keeps its hour when the clocks change. It does not know who booked it.
"""
