"""What should whoever is at the command line do next? One table, by the error that was met."""

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from license_server import errors
from license_server.cli.output import NoTerminal
from license_server.config import variable
from license_server.errors import ServiceError, backup, bulk, catalogue, home, keys, licenses, secrets
from license_server.records import BulkJob, License, Plan

E = TypeVar("E", bound=ServiceError)
Step = str | Callable[[Any], str | None] | None

_LAST_PORT = 65_535
_LIST_KEYS = "license-server signing-key list"
_LIST_LICENSES = "license-server license list"
_NEW_VERSION = "install the newer version: pip install --upgrade 'theme-license[server]'"
_ANOTHER_OUTPUT = "give --output another name"


def next_step(error: ServiceError) -> str | None:
    """Return the command or the sentence that leads on from ``error``, None where nothing does."""
    step = NEXT_STEPS.get(type(error))
    return step(error) if callable(step) else step


def told(error: ServiceError) -> str:
    """Return what happened; what a person typed is told by its option or its command."""
    if isinstance(error, catalogue.LinkInvalid):
        return f"{_url_option(error)} must be an https address"
    if isinstance(error, backup.HeadsInvalid):
        return f"line {error.line} of the copy is not what audit heads prints"
    return str(error)


def close_file(path: Path, *, read_only: bool) -> str:
    """Return how a key or a secret that others may use is closed to them, where it lies."""
    if read_only:
        return (
            f"{path.parent} is mounted read-only: give its files the mode 0440 or 0400 where that volume is made "
            f"(defaultMode in Kubernetes), and consider {path} leaked"
        )
    return f"chmod 600 {path}, and consider it leaked"


def give_file(path: Path, user: str, *, read_only: bool) -> str:
    """Return how ``user`` gets to read a key or a secret, where it lies."""
    if read_only:
        return (
            f"{path.parent} is mounted read-only: give its files a group of {user} and the mode 0440 where that volume "
            "is made (fsGroup and defaultMode in Kubernetes)"
        )
    return f"chown {user} {path}"


def _row(kind: type[E], step: str | Callable[[E], str | None] | None) -> tuple[type[ServiceError], Step]:
    return kind, step


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

NEXT_STEPS: dict[type[ServiceError], Step] = dict(
    (
        _row(NoTerminal, lambda error: error.command),
        # Settings, home and database.
        _row(home.SettingInvalid, lambda error: f"correct it in the environment or in {error.file}"),
        _row(home.SettingsFileInvalid, "correct the file, or move it away"),
        _row(errors.HomeNotInitialised, "license-server init"),
        _row(
            home.PathNotUsable,
            lambda error: (
                f"give {error.user} the right to read and write there, or name another folder ({variable('home')} "
                "names the home)"
            ),
        ),
        _row(
            home.PathReadOnly,
            "change it where that volume is made (a volume of secrets: in its store), then see that it is here",
        ),
        _row(
            home.HomeUnreadable,
            f"give this user the right to read it, or set {variable('home')} to another folder",
        ),
        _row(home.SecretUnusable, "restore it from the backup of the home, or fix its rights"),
        _row(home.SecretOpenToOthers, lambda error: close_file(error.path, read_only=error.read_only)),
        _row(home.SecretNotHere, "copy it here from the node that made it, with mode 0600"),
        _row(home.HomeInUse, "license-server serve"),
        _row(
            home.DatabaseUnavailable,
            "see that it is there, not full and not locked by another program, then run this again",
        ),
        _row(home.DatabaseEmpty, "license-server init"),
        _row(home.DatabaseOlder, "make a backup, then run: license-server migrate"),
        _row(home.DatabaseNewer, _NEW_VERSION),
        _row(home.DatabaseUnknown, "restore a backup, or install the version that made it"),
        _row(
            home.DatabaseOfAnotherHome,
            lambda error: (
                f"restore the keys and secrets of that server to {error.home}, "
                f"or set another {variable('database_url')}"
            ),
        ),
        _row(home.HostUnknown, "license-server serve --host 127.0.0.1"),
        _row(home.PortNotFree, _another_port),
        _row(home.MetricsFolderNotMade, "set TMPDIR to a folder that this user can write"),
        # Backups, and the copy of the audit log's heads.
        _row(backup.NotAFolder, "make it, or mount the disk, then run this again"),
        _row(backup.SecretsBesideDatabase, "give --keys-to a folder on another disk"),
        _row(backup.SecretsNotThere, "give --keys-from the folder that --keys-to wrote, or a copy of the home"),
        _row(backup.BackupUnreadable, "give another backup"),
        _row(backup.BackupIncomplete, "give another backup"),
        _row(backup.BackupExists, "give the backup another name"),
        _row(backup.BackupNewer, _NEW_VERSION),
        _row(
            backup.BackupFolderMissing,
            lambda error: f"mkdir -p {shlex.quote(str(error.folder))}, or mount the disk, then run this again",
        ),
        _row(backup.BackupNotWritable, "give a folder with room that this user may write to"),
        _row(backup.CopyDiffers, "give another folder"),
        _row(
            backup.SecretsMissing,
            "license-server restore FILE --keys-from DIR, where DIR is what backup --keys-to wrote",
        ),
        _row(backup.SecretsOfAnotherServer, "bring back the keys and secrets that were copied with it"),
        _row(backup.DatabaseInUse, f"move that database away, or set another {variable('database_url')}"),
        _row(backup.BackupOfFuture, "give --backup-of the moment at which the copy was made"),
        _row(backup.HeadsInvalid, "license-server audit heads > FILE"),
        _row(backup.HeadsUnreadable, "give this user the right"),
        # Signing keys.
        _row(keys.PassphraseFileUnreadable, f"correct {variable('key_passphrase_file')}, or the file's rights"),
        _row(keys.PassphraseFileEmpty, "write the passphrase to it"),
        _row(keys.PassphraseMissing, f"set {variable('key_passphrase_file')} to a file that holds it"),
        _row(keys.PassphraseWrong, "correct the passphrase"),
        _row(keys.KeyOpenToOthers, lambda error: close_file(error.path, read_only=error.read_only)),
        _row(keys.KeyBeyondOwner, lambda error: give_file(error.path, error.user, read_only=error.read_only)),
        _row(keys.KeyUnreadable, "give this user the right to read it"),
        _row(keys.KeyDamaged, "restore it from the backup"),
        _row(keys.KeyOfAnotherKind, "restore it from the backup"),
        _row(keys.CurrentKeyMissing, "put the key's .pem file there with mode 0600"),
        _row(keys.StandbyMissing, "license-server signing-key rotate --from DIR, where DIR holds it"),
        _row(keys.CannotSign, lambda error: next_step(error.cause)),
        _row(keys.NoCurrentKey, _LIST_KEYS),
        _row(keys.SigningKeyNotFound, _LIST_KEYS),
        _row(keys.KeyOfAnotherServer, _LIST_KEYS),
        _row(keys.KeyFileNotFound, "mount the disk, or name the file with the private half"),
        _row(keys.KeyFileExists, "give another folder"),
        _row(keys.StandbyWithinHome, "give a folder on another disk, such as a USB stick"),
        _row(
            keys.NoStandby,
            "license-server signing-key create --to DIR, then release the theme with its public half",
        ),
        _row(keys.KeyOutOfUse, _LIST_KEYS),
        _row(keys.KeySignsAlready, _LIST_KEYS),
        _row(keys.KeyInUse, "license-server signing-key rotate --leaked"),
        # Token and audit secrets.
        _row(secrets.SecretNotFound, "license-server secret list"),
        _row(secrets.SecretSigns, lambda error: f"license-server secret rotate {error.kind}"),
        _row(secrets.SecretWaits, lambda error: f"license-server secret rotate {error.kind}"),
        _row(secrets.SecretRetired, "license-server secret list"),
        _row(secrets.NoSecretIdLeft, "license-server secret list"),
        # Products and plans.
        _row(catalogue.ProductNotFound, "license-server product list"),
        _row(catalogue.PlanNotFound, "license-server plan list"),
        _row(catalogue.NameTaken, lambda error: f"license-server {error.noun} show {error.name}"),
        _row(catalogue.NothingToChange, lambda error: f"license-server {error.noun} update --help"),
        _row(catalogue.SlugInvalid, lambda error: f"choose another name, such as my-{error.noun}"),
        _row(
            catalogue.KeyPrefixInvalid,
            lambda error: f"give --prefix such as JNH{', or leave it out' if error.is_new else ''}",
        ),
        _row(
            catalogue.LinkInvalid,
            lambda error: f"give {_url_option(error)} such as https://shop.example.com/{error.link}",
        ),
        _row(catalogue.LeaseTooLong, "give --lease-days or --grace-days less"),
        _row(catalogue.TermInvalid, "give --term such as 30d, 6m or 1y"),
        _row(catalogue.FeaturesTooLong, "give fewer or shorter ones by --feature"),
        _row(catalogue.TextInvalid, lambda error: f"give another {_OPTION_OF_TEXT[error.what]}"),
        # Licenses and activations.
        _row(licenses.LicenseUnknown, _LIST_LICENSES),
        _row(licenses.KeyUnknown, _LIST_LICENSES),
        _row(licenses.TypedKeyMalformed, _LIST_LICENSES),
        _row(licenses.DomainUnused, lambda error: f"license-server activation list --domain {error.domain} --all"),
        _row(licenses.ActivationUnknown, "license-server activation list"),
        _row(licenses.NotADomain, "give a name such as news.example.com"),
        _row(licenses.ExceptionNotNeeded, "leave out --allow-domain"),
        _row(licenses.LicenseIsRevoked, lambda error: _create(error.license.plan)),
        _row(licenses.StatusForbids, lambda error: _show(error.license)),
        _row(licenses.TermEndless, lambda error: _show(error.license)),
        _row(licenses.PlanOfAnotherProduct, lambda error: _create(error.plan)),
        _row(licenses.PlanUnchanged, lambda error: _show(error.license)),
        _row(
            licenses.PlanTooSmall, lambda error: f"{_show(error.license)}, then activation release ID for those to go"
        ),
        _row(licenses.AlreadyReleased, lambda error: f"license-server license show {error.activation.license_id}"),
        _row(licenses.NotSignedByStatus, lambda error: _show(error.license)),
        _row(licenses.NotSignedAfterTerm, lambda error: f"license-server license renew {error.license.id}"),
        _row(licenses.NotSignedForDomain, lambda error: _show(error.license)),
        _row(licenses.NotSignedWithoutPlace, lambda error: f"{_show(error.license)}, then activation release ID"),
        _row(licenses.CounterOutOfBounds, None),
        _row(licenses.ChangedUnderLock, None),
        # Many licenses at once.
        _row(bulk.OutputExists, _ANOTHER_OUTPUT),
        _row(bulk.OutputNotPrivate, _ANOTHER_OUTPUT),
        _row(bulk.OutputInWork, "wait until it has ended"),
        _row(bulk.OutputOfAnotherServer, f"set {variable('home')} to that one's, or {_ANOTHER_OUTPUT}"),
        _row(
            bulk.OutputOfAnotherJob,
            lambda error: f"{_again(error.begun, error.output)}, which goes on with it, or {_ANOTHER_OUTPUT}",
        ),
        _row(bulk.OutputChanged, "move it to a free name: every key in it that license show knows is good"),
        _row(bulk.JobDamaged, lambda error: f"move {error.partial} to a free name, remove the other"),
        _row(bulk.OutputNotMade, lambda error: f"mv {error.partial} to a free name and remove {error.job}"),
        _row(bulk.OutputNotWritable, f"see that its folder is there, writable and not full, or {_ANOTHER_OUTPUT}"),
        _row(bulk.StoppedByDatabase, _after_stop),
        _row(bulk.StoppedByFile, _after_stop),
    )
)
"""Every error that a command can end with; a test proves that it is complete."""
