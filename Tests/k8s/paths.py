"""Where things are in this checkout."""

from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
K8S = ROOT / "k8s"
RENDERED = K8S / "rendered"
MONITORING = K8S / "components" / "monitoring"
ALERTS = ROOT / "docs" / "alerts.yml"
BUILD = ROOT / ".build"
