"""What granian serves, in each of its worker processes."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spillkit_server.settings")
application = get_wsgi_application()
