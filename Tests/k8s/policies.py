"""The rules of our own for a rendered target. Each yields findings: sentences that name the object.

What Kubernetes' schemas and checkov check is not repeated here."""

import policies_components
import policies_scaling
import policies_settings
import policies_wiring

FILES = (policies_wiring, policies_settings, policies_scaling, policies_components)
RULES = [rule for file in FILES for rule in file.RULES]


def findings(manifests):
    """Everything that is wrong with a target."""
    return [f"{manifests.target}: {finding}" for rule in RULES for finding in rule(manifests)]
