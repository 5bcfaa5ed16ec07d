"""Decode source maps, and turn the frames of minified JavaScript into those of the original code. Pure.

``decoding`` and ``scopes`` read what others wrote and can take long or, in the parser of scripts, crash: only ``core.mapping.child`` runs them, in a
process of its own. Everybody else reads the ``MapIndex`` that comes out of it.
"""
