"""A fourth simulator, as somebody would write it who has watched abuse of such a service, and its customers.

Volumes have heavy tails, whole firms sit behind one address, tools write most prompts, and the log has habits of its
own: hashed addresses, lost devices, outages. `log` is what is written down, `nets`, `words`, `clock` what happens in
it, `life` one account's doings, `honest`, `crowds` and `foes` who is there, `families` which worlds there are.
"""
