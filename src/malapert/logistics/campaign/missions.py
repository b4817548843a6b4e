"""What a campaign says about its missions before it is simulated: their times, and mistakes that make it unreadable."""

from malapert.errors import InputError
from malapert.logistics.campaign.acts import duration_d, ends
from malapert.logistics.campaign.demands import MissionTimes
from malapert.logistics.campaign.events import Campaign, Consume, Create, Eva, Exploration, Mission, Transport


def mission_times(campaign: Campaign, mission: Mission) -> MissionTimes:
    """Crew, days at the destination, days on the way and crew-hours outside, read from the mission's events.

    The stay runs from the first arrival at the destination to the last departure from it, or to the mission's end.
    """
    arrival_d = departure_d = back_start_d = back_end_d = -1.0
    crew, eva_h = 0, 0.0
    for event in sorted(mission.events, key=lambda e: (e.at_d, e.priority)):
        if isinstance(event, Transport):
            origin, destination = ends(campaign, event)
            end_d = event.at_d + duration_d(campaign, event)
            if destination == mission.destination and arrival_d < 0.0:
                arrival_d = end_d
            elif origin == mission.destination:
                departure_d = event.at_d
            back_end_d = end_d if destination == mission.return_destination else back_end_d
            back_start_d = event.at_d if origin == mission.return_origin else back_start_d
        elif isinstance(event, Create):
            crew += sum(campaign.assets[key].kind == "crew" for key in event.assets)
        elif isinstance(event, Eva):
            eva_h += event.hours * len(event.states)
        elif isinstance(event, Exploration):
            eva_h += event.excursions * event.eva_hours * len(event.states)
    length_d = _length_d(campaign, mission)
    stay_d = 0.0 if arrival_d < 0.0 else (departure_d if departure_d >= 0.0 else length_d) - arrival_d
    arrival_d = arrival_d if arrival_d >= 0.0 else length_d
    back_d = back_end_d - back_start_d if min(back_end_d, back_start_d) >= 0.0 else 0.0
    return MissionTimes(crew, max(stay_d, 0.0), arrival_d + back_d, eva_h, arrival_d, length_d)


def _length_d(campaign: Campaign, mission: Mission) -> float:
    """Days to the next mission's start, or to the last event's end for the last mission."""
    later = sorted(other.start_d for other in campaign.missions if other.start_d > mission.start_d)
    if later:
        return later[0] - mission.start_d
    ends = [event.at_d + duration_d(campaign, event) for event in mission.events]
    return max(ends, default=0.0)


def check(campaign: Campaign) -> None:
    """One clear error before anything is simulated: keys that lead nowhere, amounts below zero."""
    places = {**campaign.places, **campaign.legs}
    for mission in campaign.missions:
        for event in mission.events:
            named = f"{campaign.name}: {mission.name}: {event.name}"
            assets = getattr(event, "assets", ())
            for key in assets:
                if key not in campaign.assets:
                    raise InputError(f"{named}: no asset {key!r}; declare it")
            if isinstance(event, Transport) and not assets:
                leg = campaign.legs[event.leg].name
                raise InputError(f"{named}: leg {leg} has no vehicle; name the elements that travel it")
            container = getattr(event, "container", None)
            if container is not None and container not in campaign.assets and container not in places:
                raise InputError(f"{named}: no place or asset {container!r} to put things in; declare it")
            if isinstance(event, Consume) and any(units < 0.0 for _, units in event.amounts):
                raise InputError(f"{named}: a demand cannot be negative; give amounts of zero or more")
