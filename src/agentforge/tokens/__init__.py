"""What it weighs: offline counting, the provider's own count, calibration from `usage`, prices, model capabilities."""

from agentforge.tokens.calibration import (
    NEVER_SEEN,
    Calibration,
    Observation,
    dump_calibration,
    load_calibration,
)
from agentforge.tokens.costs import Cost, cost
from agentforge.tokens.count import Count, Method, total
from agentforge.tokens.counter import Counter, count_request, count_tokens, counter_for
from agentforge.tokens.families import Family, family
from agentforge.tokens.models import Model, Prices, Step, demand, known_models, merge_endpoint, model
from agentforge.tokens.provider import Answer, Ask, ask_for_count, provider_count, read_count
from agentforge.tokens.weights import BlockWeight, MessageWeight, ToolWeight, Weights

__all__ = [
    "NEVER_SEEN",
    "Answer",
    "Ask",
    "BlockWeight",
    "Calibration",
    "Cost",
    "Count",
    "Counter",
    "Family",
    "MessageWeight",
    "Method",
    "Model",
    "Observation",
    "Prices",
    "Step",
    "ToolWeight",
    "Weights",
    "ask_for_count",
    "cost",
    "count_request",
    "count_tokens",
    "counter_for",
    "demand",
    "dump_calibration",
    "family",
    "known_models",
    "load_calibration",
    "merge_endpoint",
    "model",
    "provider_count",
    "read_count",
    "total",
]
