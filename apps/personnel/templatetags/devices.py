"""Words for the devices that people sign in with."""

import re

from django import template
from django.utils.translation import gettext as _

register = template.Library()

# The first that fits: each browser also claims to be those below it.
BROWSERS = {
    "wxwork": "WeCom",
    "MicroMessenger": "WeChat",
    "DingTalk": "DingTalk",
    "Lark|Feishu": "Feishu",
    "Edg": "Edge",
    "Firefox|FxiOS": "Firefox",
    "Chrom|CriOS": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "HarmonyOS": "HarmonyOS",
    "Android": "Android",
    "Windows": "Windows",
    "Macintosh": "Mac",
    "Linux": "Linux",
}


@register.filter
def device(user_agent: str) -> str:
    """Browser and system as people call them; what a browser says of itself is for machines."""
    found = [
        next((name for pattern, name in names.items() if re.search(pattern, user_agent)), "")
        for names in (BROWSERS, SYSTEMS)
    ]
    return " · ".join(filter(None, found)) or _("Unknown device")
