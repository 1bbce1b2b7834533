from .core import *
from .plots import visualization
