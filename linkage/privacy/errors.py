"""What goes wrong with keys, vaults and bundles."""

from linkage.errors import LinkageError


class PrivacyError(LinkageError):
    """A key, a vault or a bundle cannot be used."""

    exit_code = 2
