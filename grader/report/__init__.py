"""Results as people and programs read them: HTML, terminal text, JSON and CSV.

Every report is a pure function of the result: no clock, no randomness, no files read but
the templates. What a submission contributed is hostile and goes through `clean.visible`.
"""
