"""Loaded by Roundup from the tracker's folder: adds `GET /rest/me`, one's own data as JSON.

In:    the logged-in user.
Out:   the person's own fields, as far as the schema lets them be seen.
Else:  the other REST routes are Roundup's own.
"""

from roundup.rest import RestfulInstance, Routing, _data_decorator

OWN_FIELDS = ("id", "realname", "address", "phone", "street", "postcode", "city")


@Routing.route("/me", "GET")
@_data_decorator
def show_me(self, input_payload):
    """Answer with the fields of whoever asks."""
    userid = self.db.getuid()
    return 200, self.format_item(self.db.user.getnode(userid), userid, props=OWN_FIELDS, verbose=1)


RestfulInstance.show_me = show_me
