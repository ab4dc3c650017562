"""Faults to plant: what a hurried change might do to the shop."""

import os

KEPT = {}


class CacheForEverybody:
    """A cache of whole pages under their path alone, whoever asks: Vary: Cookie is forgotten."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.kept = KEPT

    def __call__(self, request):
        is_personal_page = request.method == "GET" and request.path.startswith("/accounts/profile")
        if is_personal_page and request.path in self.kept:
            return self.kept[request.path]
        response = self.get_response(request)
        if is_personal_page and response.status_code == 200:
            response.render() if hasattr(response, "render") else None
            self.kept[request.path] = response
        return response


def plant():
    """Take the filter by owner away, where it is asked for."""
    if os.environ.get("SHOP_FAULT") == "owner":
        from oscar.core.loading import get_class, get_model

        addresses = get_model("address", "UserAddress")
        for name in ("AddressUpdateView", "AddressListView"):
            get_class("customer.views", name).get_queryset = lambda view: addresses.objects.all()
