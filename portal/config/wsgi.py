"""Pages and the API, for `portal serve` or any other WSGI server."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from portal.core.death import die_with_server

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.config.settings")

die_with_server()
application = get_wsgi_application()
# What is loaded now stays for ever. Without this, each full garbage collection walks all of it again and
# stretches the slowest answers.
gc.collect()
gc.freeze()
