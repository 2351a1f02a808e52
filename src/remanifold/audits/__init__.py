"""A user's data in, a report out."""

from remanifold.audits.answers import LIMITS, Answer, answers_of
from remanifold.audits.audit import audit
from remanifold.audits.report import AuditReport
from remanifold.audits.scalars import known_scalars, scalars_of

__all__ = ["LIMITS", "Answer", "AuditReport", "answers_of", "audit", "known_scalars", "scalars_of"]
