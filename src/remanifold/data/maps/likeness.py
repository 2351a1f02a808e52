"""When rows are alike: in which space distances are taken, and up to which transforms of pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from remanifold._core.errors import require
from remanifold.data.maps.features import DCT, Features, are_saved, featured, in_space_of, is_dct, name_of
from remanifold.data.pictures.layout import picture_layout
from remanifold.data.pictures.views import View, crops_of, invariance_kinds, viewed, views_of
from remanifold.data.points import Points


@dataclass(frozen=True)
class Space:
    """One set of rows where distances are taken.

    Attributes:
        points: The rows.
        views: The same rows flipped or shifted, in the order of `views_of`.
        crops: The same rows cropped, in the order of `crops_of`, among which others are sought.
    """

    points: Points
    views: tuple[Points, ...] = ()
    crops: tuple[Points, ...] = ()


@dataclass(frozen=True)
class Likeness:
    """What was asked; `likeness_of` makes it.

    Attributes:
        features: Where distances are taken; None: rows as they are.
        kinds: Transforms of pictures under which they stay alike.
    """

    features: Features | None = None
    kinds: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether rows are compared as they are."""
        return self.features is None and not self.kinds

    @property
    def words(self) -> str | None:
        """Where features come from; None without."""
        return None if self.features is None else name_of(self.features)

    def transforms(self, points: Points) -> tuple[View, ...]:
        """The transforms of rows like ``points``, without the identity: flips and shifts, then crops of the other."""
        return (*views_of(points, self.kinds), *crops_of(points, self.kinds))

    def require_rows(self, points: Points, grouped: bool) -> None:
        """Refuse (`InvalidInput`) rows that are no pictures where they must be, and transforms of ``grouped`` rows."""
        if is_dct(self.features) or self.kinds:
            picture_layout(points, f"`features` {DCT}" if is_dct(self.features) else "`invariances`")
        alone = not grouped or not self.kinds
        require(alone, "`invariances` must come without groups", "both", "leave one of them out")

    def spaces(self, raw: Mapping[str, Points]) -> dict[str, Space]:
        """Every set where distances are taken, with its transformed versions.

        Raises:
            InvalidInput: for rows that are no pictures, or features that do not fit.
        """
        points = dict(raw) if self.features is None else featured(raw, self.features)

        def seen(name: str, transforms: tuple[View, ...]) -> tuple[Points, ...]:
            return tuple(in_space_of(viewed(raw[name], v), self.features, points[name]) for v in transforms)

        return {
            name: Space(points[name], seen(name, views_of(one, self.kinds)), seen(name, crops_of(one, self.kinds)))
            for name, one in raw.items()
        }


def likeness_of(
    features: Features | None, invariances: str | Sequence[str] | None, standardize: str | None = None
) -> Likeness:
    """``features`` and ``invariances`` together, once they are found to go together.

    Raises:
        InvalidInput: for unknown transforms, transforms of saved features, or columns scaled beside either.
    """
    kinds = invariance_kinds(invariances)
    bad = bool(kinds) and are_saved(features)
    need = "`invariances` must come with rows, or with features that can be made of transformed rows"
    require(not bad, need, "saved features", 'pass `features` "dct" or a function')
    plain = standardize in (None, "none")
    do = "scale the features yourself" if features is not None else "leave one of them out"
    beside = "features" if features is not None else "`invariances`"
    require(plain or not (kinds or features is not None), f"`standardize` must come without {beside}", standardize, do)
    return Likeness(features, kinds)
