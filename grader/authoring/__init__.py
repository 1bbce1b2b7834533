"""For whoever writes assignments: new, lint, audit, release."""
