"""A user's data in, a report out."""

from remanifold.audits.answers.all import LIMITS, answers_of
from remanifold.audits.answers.answer import Answer
from remanifold.audits.audit import audit
from remanifold.audits.compare import ModelComparison, compare_models
from remanifold.audits.copies import CopiesReport, audit_copies
from remanifold.audits.network.audited_network import AuditedNetwork
from remanifold.audits.network.sampled import sample_model
from remanifold.audits.no_memory import assert_no_memory
from remanifold.audits.records.scalars import known_scalars, scalars_of
from remanifold.audits.records.verdict import Reason, Verdict
from remanifold.audits.report import AuditReport

__all__ = [
    "LIMITS",
    "Answer",
    "AuditReport",
    "AuditedNetwork",
    "CopiesReport",
    "ModelComparison",
    "Reason",
    "Verdict",
    "answers_of",
    "assert_no_memory",
    "audit",
    "audit_copies",
    "compare_models",
    "known_scalars",
    "sample_model",
    "scalars_of",
]
