"""A third simulator, as somebody would write it who knows the contract and nothing of our methods.

Calls come evenly at random, browsers are few and popular, prompts are English sentences or vectors made from such
frames. `log` is what a provider writes down, `honest` and `foes` who is in it, `families` which worlds there are.
"""
