"""Where the Sun, Earth, Moon, planets and stations are: time scales, ephemerides, frames, apparent places, contacts.

Vectors and matrices leave this room as arrays over epochs in TDB seconds past J2000; UTC is for its edges.
"""
