"""The incident room: a web server, thin over the library.

In:    a workspace, and the settings of `room`.
Out:   pages and an API on which people sign in, read, decide and sign.
Else:  every rule of what may be done is `spillkit.case`, every answer `spillkit.scope` and `spillkit.law`, every proof
       `spillkit.record`. Here it is asked for, kept in rows, and shown.
"""
