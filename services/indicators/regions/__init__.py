"""Regions: who they are, and everything that is known of one."""
