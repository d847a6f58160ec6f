"""Django settings, read from the environment with defaults that run on one machine."""

from config.settings.django import *
from config.settings.environment import *
from config.settings.market import *
from config.settings.positions import *
from config.settings.storage import *
from config.settings.web import *
from config.settings.work import *
