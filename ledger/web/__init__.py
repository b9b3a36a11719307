"""The HTTP back end: one call of the library a route, answers that can be cached and followed.

It is the extra `web`; nothing else of the library imports it. `app.create_app` puts it together.
"""
