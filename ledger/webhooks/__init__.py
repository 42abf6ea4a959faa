"""Webhooks: chosen entries of journals, sent to whoever wants to know, as events. Source: docs/rules.md, R90."""
