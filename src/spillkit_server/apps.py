"""Django's entry of this package."""

from __future__ import annotations

from django.apps import AppConfig


class RoomConfig(AppConfig):
    """The incident room."""

    name = "spillkit_server"
    verbose_name = "Spillkit"
