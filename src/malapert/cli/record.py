"""Commands on flights: one of a programme or of the record, and all of the record held against what happened."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import malapert
from malapert.cli.options import JsonOption, SetOption, VariantOption, print_json
from malapert.cli.progress import Progress
from malapert.errors import InputError

if TYPE_CHECKING:
    from malapert.flight.phases import FlownFlight

PROGRAMME = "ilrs-2035"


def fly(
    flight: Annotated[str, typer.Argument(metavar="NAME", help="A flight of record, its TOML file, or a programme's.")],
    programme: Annotated[
        str, typer.Option(help=f"A programme file or shipped programme whose flight NAME is; {PROGRAMME} when absent.")
    ] = "",
    variant: VariantOption = "",
    sets: SetOption = None,
    out: Annotated[Path | None, typer.Option(help="Flights of record: folder for plots, OEM and CZML.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Fly one flight, of record or of a programme.

    A shipped flight of record and a .toml path come before the flights of the programme; --programme, --variant or
    --set say that a programme's flight is meant.
    """
    from malapert.programme.flight_file import flights_of_record

    is_file = flight.endswith(".toml")
    is_of_programme = bool(programme or variant or sets)
    if is_file and is_of_programme:
        raise InputError(f"{flight}: is a flight's own file; leave --programme, --variant and --set out")
    recorded = flights_of_record()
    if is_file or (flight in recorded and not is_of_programme):
        _fly_of_record(flight, out, as_json)
        return
    if out:
        raise InputError("--out is for flights of record; `malapert run` draws a programme's flights")
    _fly_of_programme(flight, programme or PROGRAMME, variant, tuple(sets or ()), as_json, tuple(recorded))


def _fly_of_programme(
    flight: str, programme: str, variant: str, sets: tuple[str, ...], as_json: bool, recorded: tuple[str, ...]
) -> None:
    from malapert import report
    from malapert.programme.suggest import did_you_mean
    from malapert.run import store

    loaded = malapert.load(programme, variant, sets)
    if flight not in loaded.flight:
        hint = did_you_mean(flight, [*loaded.flight, *recorded])
        known = f"programme {loaded.name} has {', '.join(loaded.flight) or 'none'}"
        raise InputError(f"no flight {flight!r}{hint}: {known}; flights of record are {', '.join(recorded) or 'none'}")
    flown = malapert.fly(programme, flight, variant, sets)
    if as_json:
        print_json(store.plain(flown))
    else:
        report.print_flight(flown)


def _fly_of_record(name: str, out: Path | None, as_json: bool) -> None:
    from malapert.flight.phases import fly_file
    from malapert.programme.flight_file import load_flight
    from malapert.report import pictures, record

    file = load_flight(name)
    if out:
        _make(out)
        pictures.must_be_drawable(out / "path.png")
    if name == file.name and name in malapert.load(PROGRAMME).flight:
        typer.echo(f"{name} is a flight of record; for {PROGRAMME}'s flight add --programme {PROGRAMME}", err=True)
    with Progress(quiet=as_json) as notice:
        flown = fly_file(file, lambda part, phase: notice(file.name, part, f"{file.name} {phase}".strip()))
    written = _write(flown, out) if out else []
    if as_json:
        print_json(record.flight_answer(flown) | {"files": written})
        return
    record.print_flight_of_record(flown)
    for path in written:
        typer.echo(f"written: {path}")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made ({error.strerror}); name another folder with --out") from None


def _write(flown: "FlownFlight", folder: Path) -> list[str]:
    from malapert.report import record_files, record_pictures

    paths = [*record_pictures.draw(flown, folder), *record_files.write(flown, folder)]
    return [str(path) for path in paths]


def verify(
    names: Annotated[list[str] | None, typer.Argument(help="Flights of record, or files; all when absent.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Fly the flights of record; predicted beside recorded.

    Exit codes: 0 they flew, whatever they missed; 1 a file is wrong; 3 a flight failed.
    """
    from malapert.programme.flight_file import flights_of_record
    from malapert.report import record
    from malapert.run.record import code, fly_all, keep

    wanted = names or list(flights_of_record())
    if not wanted:
        raise InputError("no flights of record are shipped; name files of your own")
    with Progress(quiet=as_json) as notice:
        notice("verify", 0.0, f"Flights of record, {len(wanted)}")
        outcomes = fly_all(wanted, lambda part, name: notice("verify", part, f"Flights of record: {name}"))
    if not names:
        keep({outcome.flight: record.counts([outcome]) for outcome in outcomes})
    if as_json:
        print_json(record.verify_answer(outcomes, code()))
    else:
        record.print_verified(outcomes)
    raise typer.Exit(max(outcome.exit_code for outcome in outcomes))
