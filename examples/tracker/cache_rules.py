"""The nginx configurations of the example: a cache that is set right, and one with the classic fault.

In:    ports, a folder, and which of the two.
Out:   the text of nginx.conf.
Else:  starting nginx is `servers`.
"""

from __future__ import annotations

from pathlib import Path

# Whatever carries a cookie, or sets one, belongs to one person: neither taken from the cache nor put into it.
RIGHT = """
            proxy_cache_bypass $http_cookie $http_authorization;
            proxy_no_cache $http_cookie $http_authorization $upstream_http_set_cookie;
            proxy_ignore_headers Cache-Control Expires;
"""
# "The site is slow, let us cache every page for a second": the key is the address alone, whoever asks.
FAULTY = """
            proxy_ignore_headers Cache-Control Expires Set-Cookie Vary;
"""

_CONF = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log warn;
events {{ worker_connections 256; }}
http {{
    types {{ text/html html; text/css css; application/javascript js; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    proxy_cache_path {folder}/cache levels=1:2 keys_zone=pages:4m max_size=64m inactive=10m;
    access_log {folder}/access.log combined;
    server_tokens off;
    # The listener in front names the client; only loopback may.
    set_real_ip_from 127.0.0.1;
    real_ip_header X-Forwarded-For;
    gzip on;
    gzip_types application/json text/css application/javascript text/csv;
    gzip_vary on;
    upstream tracker {{ server 127.0.0.1:{tracker_port}; }}
    server {{
        listen 127.0.0.1:{port};
        server_name {host};
        proxy_set_header Host {host};
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        add_header X-Cache $upstream_cache_status always;

        location = /sign-in {{
            rewrite ^ /home?@template=signin? break;
            proxy_pass http://tracker;
        }}
        location = /account {{
            rewrite ^ /home?@template=account? break;
            proxy_pass http://tracker;
            proxy_cache pages;
            proxy_cache_key $scheme$host$request_uri;
            proxy_cache_valid 200 {seconds}s;{rules}
        }}
        location / {{
            proxy_pass http://tracker;
            proxy_cache pages;
            proxy_cache_key $scheme$host$request_uri;
            proxy_cache_valid 200 {seconds}s;{rules}
        }}
    }}
}}
"""


def nginx_conf(folder: Path, *, host: str, port: int, tracker_port: int, faulty: bool, seconds: int = 1) -> str:
    """Return a whole nginx.conf.

    folder         where nginx keeps its files; absolute
    host           the site's name
    port           where the recorder in front finds nginx, on loopback
    tracker_port   where nginx finds gunicorn, on loopback
    faulty         True leaves the session out of account
    seconds        how long an answer stays in the cache
    """
    return _CONF.format(
        folder=folder,
        host=host,
        port=port,
        tracker_port=tracker_port,
        seconds=seconds,
        rules=FAULTY if faulty else RIGHT,
    )
