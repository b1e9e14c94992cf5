"""From a draft to a published practice: where it stands, the steps, who is told."""
