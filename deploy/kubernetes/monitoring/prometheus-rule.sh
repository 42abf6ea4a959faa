#!/bin/sh
# Prints a PrometheusRule for the Prometheus operator: the rules of deploy/prometheus/alerts.yml, or of the file that is
# named, as they stand. There is no copy of them that could differ.
#
#   sh deploy/kubernetes/monitoring/prometheus-rule.sh | kubectl apply --namespace tallystick --filename -
set -eu
rules="${1:-$(dirname "$0")/../../prometheus/alerts.yml}"
cat <<'HEAD'
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: tallystick
  labels:
    app.kubernetes.io/name: tallystick
spec:
HEAD
sed 's/./  &/' "$rules"
