"""Receive the alerts of other programs at ``/hooks/NAME/{project_id}/``."""
