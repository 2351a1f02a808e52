"""The answer about the nearest hidden manifold; only where a fit was asked for."""

from remanifold.audits.answers.answer import Answer
from remanifold.audits.answers.numbers import listed, measured, number
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.models import ManifoldFit

_GOOD_SHARE = 0.05  # of log P: a misfit above it is no description


def manifold(report: AuditRecord) -> Answer | None:
    """Which hidden manifold comes nearest? None where no fit was asked for."""
    question = "Which hidden manifold comes nearest?"
    fit = report.manifold_fit
    if fit is None:
        if report.manifold_fit_reason is None:
            return None
        return Answer(
            question,
            f"None was fitted: {report.manifold_fit_reason}.",
            "No number is reported in place of one that does not exist.",
            "Audit more rows.",
            key="manifold",
            headline="no fit",
        )
    alike = [one.activation for one in fit.candidates[1:] if one.alike]
    good = fit.misfit_share <= _GOOD_SHARE
    verdict = "A fair description above the collapse." if good else "A poor description: the data are no such manifold."
    return Answer(
        question,
        f"A {fit.activation} manifold with about {number(fit.latent_dim)} latent dimensions (latent ratio "
        f"{measured(fit.latent_ratio)}). {_told_apart(fit, alike)} {verdict}",
        f"Misfit {number(fit.misfit)} nats, root mean square over the measured I(xi; x_t) above the collapse: "
        f"{number(100 * fit.misfit_share)} % of log P; null value 0, lower is better. Gaussian factor, variance of the "
        "data, asymptotic theory; only the latent ratio is fitted. An activation is excluded where its misfit exceeds "
        "the least one by more than finite size can do, and 3 standard errors over the same query rows.",
        "Use it to forecast other numbers of rows with remanifold phases, where the misfit is small.",
        key="manifold",
        headline=f"{fit.activation}, D = {number(fit.latent_dim)}",
        concern=not good,
    )


def _told_apart(fit: ManifoldFit, alike: list[str]) -> str:
    if not alike:
        return "No other activation of those tried describes the data as well."
    low, high = fit.latent_ratio_range
    return (
        f"The activation is not told apart from {listed(alike)}; over these the latent ratio is {number(low)} to "
        f"{number(high)}."
    )
