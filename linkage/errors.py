"""One error family. A message says where, what was found, and what to do; the command line exits with its code."""


class LinkageError(Exception):
    """Any failure that has a cause a user can mend."""

    exit_code = 1


class SettingsError(LinkageError):
    """A setting or an argument cannot be used."""

    exit_code = 2


class RunFolderError(LinkageError):
    """The output folder cannot be written, or is not a run folder."""

    exit_code = 2


class UnknownIdError(LinkageError):
    """An account or a campaign that the run does not know was asked for."""

    exit_code = 2


class InputError(LinkageError):
    """The input as a whole cannot be used: no table, an unreadable file."""

    exit_code = 3


class TableError(InputError):
    """One table lacks a required column, or a column cannot take its type."""


class MissingExtraError(LinkageError):
    """An optional part of the installation is needed and absent."""

    exit_code = 2
