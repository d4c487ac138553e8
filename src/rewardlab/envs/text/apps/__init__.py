"""Apps of text screens: settings, mail, a form and a shop."""

from rewardlab.envs.text.apps.app import App
from rewardlab.envs.text.apps.form import Form
from rewardlab.envs.text.apps.mail import Mail
from rewardlab.envs.text.apps.settings import Settings
from rewardlab.envs.text.apps.shop import Shop

APPS: dict[str, App] = {app.name: app for app in (Form(), Mail(), Settings(), Shop())}
