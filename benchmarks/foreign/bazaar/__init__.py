"""A sixth simulator: a bazaar, where access is bought, sold, rented, lent and stolen among honest stalls.

Written from the contract alone, by somebody who answers for abuse of such a service and knows none of our methods:
what vendors sell (exits, aged accounts, cards, numbers), what operators buy of it, and who else buys the same for good
reasons. `ground` is what can be shared, `minds` what is asked, `life` one account's doings, `stalls` the honest groups,
`rings` the campaigns, `families` which worlds there are and what their logs lack.
"""
