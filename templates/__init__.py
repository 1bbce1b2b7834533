"""The texts, styles and Jinja templates of the reports, found with `importlib.resources`."""
