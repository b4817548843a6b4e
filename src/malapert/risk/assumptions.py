"""The model's numbers that no programme states, and the model in sentences a reader can check."""

from typing import Final

# Spread of launch delays about the launcher's median: design; P90 is 2.5 times the median.
SLIP_SIGMA: Final = 0.7
REFLY_D: Final = 540.0
STAND_DOWN_D: Final = 180.0
REPLACE_D: Final = 540.0
LIVES: Final = 3
DUST_SIGMA: Final = 0.3
NIGHT_H: Final = 24.0
# Energy unserved that is rounding and nothing else, of the load it is part of.
UNSERVED: Final = 1e-9
# Successes and failures of lunar ascent to 2024 (Apollo 11, 12, 14-17; Luna 16, 20, 24; Chang'e 5, 6), and half of
# each (Jeffreys).
ASCENTS: Final = (11.5, 0.5)

ASSUMPTIONS: Final[tuple[str, ...]] = (
    f"A launch is late by a lognormal delay whose median is the launcher's slip_d, sigma {SLIP_SIGMA:g} (design).",
    "A flight leaves no earlier than 30 days after the flights it comes after and not before they have arrived; a "
    "crew leaves 7 days after its lander at the earliest. Lunar and lighting windows of late dates are not looked up.",
    "Each history draws one reliability for each launcher and each lander family from the Beta posterior of its "
    "recorded attempts and failures; flights of one family share it. The prior is the row's own, by default nine "
    "successes to one failure for a launcher and three to one for a lander (design).",
    f"A launcher that failed stands down for {STAND_DOWN_D:.0f} days (design): no later flight leaves before.",
    "A crew lands with the reliability of the family of its lander; a crew whose landing fails is lost, one whose "
    "launch fails is not. The ascent from the Moon draws its reliability from all ascents to 2024, eleven of eleven, "
    "with half a success and half a failure as prior. Insertion and return are taken as certain.",
    "The injection error of each launch is drawn alike in all directions, its mean square that of injection_error_m_s; "
    "the correction grows with its size from the one flown. Tanks are filled as far as they and the launcher allow; a "
    "flight whose correction asks for more is lost on arrival, its crew comes home.",
    "Where a lander declares errors of place and speed at ignition, descents flown with them give the covariance of "
    "where it comes down and of its delta-v; every landing draws from it. Height and sink rate are measured. A "
    "landing beyond its site's landing_radius_m, or one that asks for more propellant than the tanks hold, is lost for "
    "the station and its crew comes home; ground steeper than steepest_deg adds to the odds of a failed landing.",
    f"Re-fly: what is lost flies once more, {REFLY_D:.0f} days after the loss plus that launch's own delay (design: "
    "the programme holds no spares); lost again, it is gone. A crew's replacement comes with its lander.",
    "Swap: meanwhile what was lost takes the free room of the next open flight that goes where it belongs and leaves "
    f"{REFLY_D / 2:.0f} days or more after the loss, in order of priority.",
    "Wait: a crew stays on Earth until the habitats planned to be in use before its landing are in use, and one source "
    "of power of those planned by then is.",
    "Descope: what waits for something gone is of no use; a crew whose habitats or power are gone does not come.",
    "A partner leaves at its withdrawals_per_year (0.005 unless declared: design). Flights it flies, flights of its "
    "vehicles and its elements that have not left the Earth stay; what is on the Moon stays; seats are refilled.",
    f"An element fails after exponential times with its failures_per_year, at most {LIVES} times. It is out until a "
    f"replacement {REPLACE_D:.0f} days later (design), or until a crew, or a robot where repair_by allows it, has "
    "the repair_h hours and the repair_kg of spares; then it works repair_d days after the repair began. Crews have "
    "all their working hours for repairs, spares are of one kind. A crew about to land counts on replacements only.",
    "An illness ends a stay at the crew row's illnesses_per_year for each person (0.02 unless declared: unsourced).",
    f"Dust and yearly degradation of the arrays differ from history to history by lognormal factors, sigma "
    f"{DUST_SIGMA:g} (design).",
    f"A night is {NIGHT_H:.0f} hours or more without any of the Sun, begun after first power. "
    "It is survived when every keep_alive_kw at the station is served throughout; other loads are off then, and the "
    "store starts empty at first power.",
    "The station lives by the day: one bus, sources and loads as daily means, stores with what the vital loads will "
    "need of them kept back, crews' air, water and food by their daily rates, units that dig for oxygen, experiments "
    "over the hours their needs hold. Rates of charge bind by the day; other sites and links between buses are not "
    "looked at.",
    "Without power: days with a vital load unserved after first power. Without air: crewed days with less than half "
    "the oxygen they need. Without return: a crew whose ascent fails.",
    "Complete means every element of the plan has come into use and every stay of the plan has ended; what fails "
    "after coming into use does not undo it.",
)
