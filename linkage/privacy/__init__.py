"""What a run shows of people: keyed pseudonyms, the vault behind them, retention, and telling other labs."""

from linkage.privacy.errors import PrivacyError
from linkage.privacy.keys import exchange_key, fingerprint, user_key
from linkage.privacy.mask import Masked, mask
from linkage.privacy.pseudonyms import PSEUDONYMS, Nobodys, looks_masked, plain, pseudonym, pseudonyms

__all__ = [
    "PSEUDONYMS",
    "Masked",
    "Nobodys",
    "PrivacyError",
    "exchange_key",
    "fingerprint",
    "looks_masked",
    "mask",
    "plain",
    "pseudonym",
    "pseudonyms",
    "user_key",
]
