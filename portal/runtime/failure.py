"""The one exception of this layer that people read: a sentence that says what is wrong and what to do."""


class Failure(Exception):
    """Ends a command with its sentence and exit code 1, without a traceback."""
