"""Stand-ins for packages that only show something: progress bars, widgets, figures, logs.

Where such a package is not installed, the student's `import` gives an object that does nothing,
whatever it is asked: no answer depends on it, so none may be lost by it. A package that computes
something is never stood in for.

Only the student's code sees stand-ins. They are in no `sys.modules` and no finder knows them, so
that an installed package which looks for IPython, say, finds what is really there.
"""
