"""Where alerts of other programs come in: ``/hooks/NAME/{project_id}/``."""
