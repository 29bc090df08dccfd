"""A simulator of a provider's logs that shares nothing with `linkage simulate`: worlds of another making.

Its honest look-alikes, campaigns, vectors and texts follow ideas of their own, so that what was tuned on our worlds can
be tried on others. `families` says what a world holds, `honest` and `campaigns` bring it to life in a `world`, and
`write` leaves the tables that `linkage build` reads, with the truth.
"""
