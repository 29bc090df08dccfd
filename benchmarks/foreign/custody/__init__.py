"""A fifth simulator: things in custody. Addresses, devices, cards and phrases are held, lent, sold and handed on.

Whoever holds the same thing at some time looks alike: strangers at a library's PC, a ward at its workstation, clients
of one agency, and rings that buy what others lived with. Made without knowing how `linkage` works, from how abuse and
honest sharing look in a provider's logs: identities overlap, people change what they hold, and every quantity is drawn
from a continuum, so that no threshold separates a group from its likeness. `families` says what each world holds.
"""
