"""The ASGI application: pages and API by Django, sockets by Channels."""

import os
import warnings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.core.asgi import get_asgi_application

# WhiteNoise sends files as plain iterators; Django reads them in a thread, which is what we want, and warns each time.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter

from realtime import lifespan
from realtime.routing import websocket_urlpatterns

application = ProtocolTypeRouter(
    {
        "http": django_application,
        "lifespan": lifespan.application,
        "websocket": URLRouter(websocket_urlpatterns),
    }
)
