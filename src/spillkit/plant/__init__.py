"""Make unmistakable synthetic people, the same for the same seed, in any locale.

In:    a count, locales, a seed.
Out:   planted people and a directory file of them.
Else:  watching for them is `guard`.
"""

from spillkit.plant.people import DEFAULT_LOCALES, plant_people
from spillkit.plant.person import PlantedPerson
from spillkit.plant.tables import all_locales

__all__ = ["DEFAULT_LOCALES", "PlantedPerson", "all_locales", "plant_people"]
