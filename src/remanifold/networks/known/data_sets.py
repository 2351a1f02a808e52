"""All data sets of the known networks, by the name that cards give."""

from remanifold.networks.known.data_set import DataSet
from remanifold.networks.known.derived_digits import DIGIT_LATENTS, NEAR_DIGITS, SHIFTED_DIGITS
from remanifold.networks.known.fashion import FASHION
from remanifold.networks.known.sklearn_data import DIGITS, PATCHES, TUMOURS

DATA_SETS: dict[str, DataSet] = {
    one.name: one for one in (DIGITS, SHIFTED_DIGITS, NEAR_DIGITS, DIGIT_LATENTS, FASHION, PATCHES, TUMOURS)
}
