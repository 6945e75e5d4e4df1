"""The API for programs, version 1.

document   which resources there are; the OpenAPI document
resources  what every resource is made with
schemas    what they share of what is asked and sent
cursors    where a page ends and the next begins
problems   what is said when something cannot be done (RFC 9457)

The resources themselves stand in a module for each capability: stores, kiosks, ratings …
"""
