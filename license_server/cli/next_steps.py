"""What should whoever is at the command line do next? One table, by the error that was met."""

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from license_server import errors
from license_server.cli.output import NoTerminal
from license_server.config import variable
from license_server.errors import ServiceError, backup, bulk, catalogue, home, keys, licenses
from license_server.records import BulkJob, License, Plan

E = TypeVar("E", bound=ServiceError)
Row = tuple[type[ServiceError], Callable[[Any], str]]

_LAST_PORT = 65_535
_LIST_KEYS = "license-server signing-key list"
_LIST_LICENSES = "license-server license list"
_NEW_VERSION = "install the newer version: pip install --upgrade 'theme-license[server]'"
_ANOTHER_OUTPUT = "give --output another name"


def next_step(error: ServiceError) -> str | None:
    """Return the command or the sentence that leads on from ``error``, None where nothing does."""
    step = NEXT_STEPS.get(type(error))
    return None if step is None else step(error)


def told(error: ServiceError) -> str:
    """Return what happened, in the words of the command line where it has its own."""
    words = _OWN_WORDS.get(type(error))
    return str(error) if words is None else words(error)


def _after(kind: type[E], step: str | Callable[[E], str]) -> Row:
    return kind, (lambda _: step) if isinstance(step, str) else step


def _show(license: License) -> str:
    return f"license-server license show {license.id}"


def _create(plan: Plan) -> str:
    return f"license-server license create {plan.product}/{plan.slug}"


def _again(job: BulkJob, output: Path) -> str:
    """Return the command that begins the job, and goes on with it."""
    customer = [] if job.customer is None else ["--customer", job.customer]
    words = ["license-server", "license", "create", f"{job.product}/{job.plan}", *customer]
    return shlex.join([*words, "--count", str(job.count), "--output", str(output)])


def _after_stop(error: bulk.StoppedByDatabase | bulk.StoppedByFile) -> str:
    return f"mend that, then the same command goes on: {_again(error.job, error.output)}"


def _another_port(error: home.PortNotFree) -> str:
    option = "--metrics-port" if error.for_metrics else "--port"
    return f"license-server serve {option} {error.port + 1 if error.port < _LAST_PORT else error.port - 1}"


def _url_option(error: catalogue.LinkInvalid) -> str:
    return f"--{error.link.replace('_', '-')}-url"


_OPTION_OF_TEXT = {"name": "--name", "customer reference": "--customer", "reason": "--reason"}

NEXT_STEPS: dict[type[ServiceError], Callable[[Any], str]] = dict(
    (
        _after(NoTerminal, lambda error: error.command),
        # Settings, home and database.
        _after(home.SettingInvalid, lambda error: f"correct it in the environment or in {error.file}"),
        _after(home.SettingsFileInvalid, "correct the file, or move it away"),
        _after(errors.HomeNotInitialised, "license-server init"),
        _after(
            home.PathNotUsable,
            f"give this user the right to write there, or set {variable('home')} to another folder",
        ),
        _after(
            home.HomeUnreadable,
            f"give this user the right to read it, or set {variable('home')} to another folder",
        ),
        _after(home.SecretUnusable, "restore it from the backup of the home, or fix its rights"),
        _after(home.HomeInUse, "license-server serve"),
        _after(
            home.DatabaseUnavailable,
            "see that it is there, not full and not locked by another program, then run this again",
        ),
        _after(home.DatabaseEmpty, "license-server init"),
        _after(home.DatabaseOlder, "make a backup, then run: license-server migrate"),
        _after(home.DatabaseNewer, _NEW_VERSION),
        _after(
            home.DatabaseOfAnotherHome,
            lambda error: (
                f"restore the keys and secrets of that server to {error.home}, "
                f"or set another {variable('database_url')}"
            ),
        ),
        _after(home.HostUnknown, "license-server serve --host 127.0.0.1"),
        _after(home.PortNotFree, _another_port),
        _after(home.MetricsFolderNotMade, "set TMPDIR to a folder that this user can write"),
        # Backups, and the copy of the audit log's heads.
        _after(backup.NotAFolder, "make it, or mount the disk, then run this again"),
        _after(backup.SecretsBesideDatabase, "give --keys-to a folder on another disk"),
        _after(backup.SecretsNotThere, "give --keys-from the folder that --keys-to wrote, or a copy of the home"),
        _after(backup.BackupUnreadable, "give another backup"),
        _after(backup.BackupIncomplete, "give another backup"),
        _after(backup.BackupExists, "give the backup another name"),
        _after(backup.BackupNewer, _NEW_VERSION),
        _after(backup.BackupNotWritable, "give a folder with room that this user may write to"),
        _after(backup.CopyDiffers, "give another folder"),
        _after(
            backup.SecretsMissing,
            "license-server restore FILE --keys-from DIR, where DIR is what backup --keys-to wrote",
        ),
        _after(backup.SecretsOfAnotherServer, "bring back the keys and secrets that were copied with it"),
        _after(backup.DatabaseInUse, f"move that database away, or set another {variable('database_url')}"),
        _after(backup.HeadsInvalid, "license-server audit heads > FILE"),
        _after(backup.HeadsUnreadable, "give this user the right"),
        # Signing keys.
        _after(keys.PassphraseFileUnreadable, f"correct {variable('key_passphrase_file')}, or the file's rights"),
        _after(keys.PassphraseFileEmpty, "write the passphrase to it"),
        _after(keys.PassphraseMissing, f"set {variable('key_passphrase_file')} to a file that holds it"),
        _after(keys.PassphraseWrong, "correct the passphrase"),
        _after(keys.KeyOpenToOthers, lambda error: f"chmod 600 {error.path}, and consider it leaked"),
        _after(keys.KeyUnreadable, "give this user the right to read it"),
        _after(keys.KeyDamaged, "restore it from the backup"),
        _after(keys.KeyOfAnotherKind, "restore it from the backup"),
        _after(keys.CurrentKeyMissing, "put the key's .pem file there with mode 0600"),
        _after(keys.StandbyMissing, "license-server signing-key rotate --from DIR, where DIR holds it"),
        _after(keys.CannotSign, lambda error: str(next_step(error.cause))),
        _after(keys.NoCurrentKey, _LIST_KEYS),
        _after(keys.SigningKeyNotFound, _LIST_KEYS),
        _after(keys.KeyOfAnotherServer, _LIST_KEYS),
        _after(keys.KeyFileNotFound, "mount the disk, or name the file with the private half"),
        _after(keys.KeyFileExists, "give another folder"),
        _after(keys.StandbyWithinHome, "give a folder on another disk, such as a USB stick"),
        _after(
            keys.NoStandby,
            "license-server signing-key create --to DIR, then release the theme with its public half",
        ),
        _after(keys.KeyOutOfUse, _LIST_KEYS),
        _after(keys.KeySignsAlready, _LIST_KEYS),
        _after(keys.KeyInUse, "license-server signing-key rotate --leaked"),
        # Products and plans.
        _after(catalogue.ProductNotFound, "license-server product list"),
        _after(catalogue.PlanNotFound, "license-server plan list"),
        _after(catalogue.NameTaken, lambda error: f"license-server {error.noun} show {error.name}"),
        _after(catalogue.NothingToChange, lambda error: f"license-server {error.noun} update --help"),
        _after(catalogue.SlugInvalid, lambda error: f"choose another name, such as my-{error.noun}"),
        _after(
            catalogue.KeyPrefixInvalid,
            lambda error: f"give --prefix such as JNH{', or leave it out' if error.is_new else ''}",
        ),
        _after(
            catalogue.LinkInvalid,
            lambda error: f"give {_url_option(error)} such as https://shop.example.com/{error.link}",
        ),
        _after(catalogue.TermInvalid, "give --term such as 30d, 6m or 1y"),
        _after(catalogue.TextInvalid, lambda error: f"give another {_OPTION_OF_TEXT[error.what]}"),
        # Licenses and activations.
        _after(licenses.LicenseUnknown, _LIST_LICENSES),
        _after(licenses.KeyUnknown, _LIST_LICENSES),
        _after(licenses.TypedKeyMalformed, _LIST_LICENSES),
        _after(licenses.DomainUnused, lambda error: f"license-server activation list --domain {error.domain} --all"),
        _after(licenses.ActivationUnknown, "license-server activation list"),
        _after(licenses.ActivationOfAnother, lambda error: f"license-server license show {error.license_id}"),
        _after(licenses.NotADomain, "give a name such as news.example.com"),
        _after(licenses.ExceptionNotNeeded, "leave out --allow-domain"),
        _after(licenses.LicenseIsRevoked, lambda error: _create(error.license.plan)),
        _after(licenses.StatusForbids, lambda error: _show(error.license)),
        _after(licenses.TermEndless, lambda error: _show(error.license)),
        _after(licenses.PlanOfAnotherProduct, lambda error: _create(error.plan)),
        _after(licenses.PlanUnchanged, lambda error: _show(error.license)),
        _after(
            licenses.PlanTooSmall, lambda error: f"{_show(error.license)}, then activation release ID for those to go"
        ),
        _after(licenses.AlreadyReleased, lambda error: f"license-server license show {error.activation.license_id}"),
        _after(licenses.NotSignedByStatus, lambda error: _show(error.license)),
        _after(licenses.NotSignedAfterTerm, lambda error: f"license-server license renew {error.license.id}"),
        _after(licenses.NotSignedForDomain, lambda error: _show(error.license)),
        _after(licenses.NotSignedWithoutPlace, lambda error: f"{_show(error.license)}, then activation release ID"),
        # Many licenses at once.
        _after(bulk.OutputExists, _ANOTHER_OUTPUT),
        _after(bulk.OutputNotPrivate, _ANOTHER_OUTPUT),
        _after(bulk.OutputInWork, "wait until it has ended"),
        _after(bulk.OutputOfAnotherServer, f"set {variable('home')} to that one's, or {_ANOTHER_OUTPUT}"),
        _after(
            bulk.OutputOfAnotherJob,
            lambda error: f"{_again(error.begun, error.output)}, which goes on with it, or {_ANOTHER_OUTPUT}",
        ),
        _after(bulk.OutputChanged, "move it to a free name: every key in it that license show knows is good"),
        _after(bulk.JobDamaged, lambda error: f"move {error.partial} to a free name, remove the other"),
        _after(bulk.OutputNotMade, lambda error: f"mv {error.partial} to a free name and remove {error.job}"),
        _after(bulk.OutputNotWritable, f"see that its folder is there, writable and not full, or {_ANOTHER_OUTPUT}"),
        _after(bulk.StoppedByDatabase, _after_stop),
        _after(bulk.StoppedByFile, _after_stop),
    )
)
"""Every error that a command can end with, but one without a name of its own; a test proves that it is complete."""

_OWN_WORDS: dict[type[ServiceError], Callable[[Any], str]] = dict(
    (
        _after(catalogue.LinkInvalid, lambda error: f"{_url_option(error)} must be an https address"),
        _after(backup.HeadsInvalid, lambda error: f"line {error.line} of the copy is not what audit heads prints"),
    )
)
"""What is told by the name of an option or a command."""
