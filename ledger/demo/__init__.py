"""The demo: a fleet of agents spends recorded traffic from partitioned budgets, through the real service."""
