"""The model's numbers that no programme states, and the model in sentences a reader can check."""

from typing import Final

# Spread of launch delays about the launcher's median: design; P90 is 2.5 times the median.
SLIP_SIGMA: Final = 0.7
REFLY_D: Final = 540.0
NIGHT_H: Final = 24.0
# Energy unserved that is rounding and nothing else, of the load it is part of.
UNSERVED: Final = 1e-9

ASSUMPTIONS: Final[tuple[str, ...]] = (
    f"A launch is late by a lognormal delay whose median is the launcher's slip_d, sigma {SLIP_SIGMA:g} (design).",
    "A flight leaves no earlier than 30 days after the flights it comes after and not before they have arrived; a "
    "crew leaves 7 days after its lander at the earliest. Lunar and lighting windows of late dates are not looked up.",
    "Each history draws one reliability for each launcher and each lander family from the Beta posterior of its "
    "recorded attempts and failures; flights of one family share it. The prior is the row's own, by default nine "
    "successes to one failure for a launcher and three to one for a lander (design).",
    "Arrival in lunar orbit, ascent and return are taken as certain once the launch succeeded.",
    "A crew lands with the reliability of the family of its lander.",
    f"What is lost flies once more, on a replacement {REFLY_D:.0f} days after the loss plus that launch's own delay "
    "(design: the programme holds no spares); lost again, it is gone. A crew's replacement comes with its lander.",
    "An element fails after an exponential time with its failures_per_year, from its use on; nothing is repaired.",
    "A crew waits on Earth until the habitats planned to be in use before its landing are in use, and one source of "
    "power of those planned by then is; when a habitat has failed or no source is left, that crew does not come.",
    f"A night is {NIGHT_H:.0f} hours or more without any of the Sun, begun after first power. "
    "It is survived when every keep_alive_kw at the station is served throughout; other loads are off then, and the "
    "store starts empty at first power.",
    "Complete means every element of the plan has come into use and every stay of the plan has ended; what fails "
    "after coming into use does not undo it.",
)
