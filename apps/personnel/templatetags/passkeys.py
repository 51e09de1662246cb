"""Whether passkeys work at the address a page was asked for, and where else."""

from django import template

from apps.personnel import signin

register = template.Library()


@register.simple_tag(takes_context=True)
def passkeys_work(context) -> bool:
    return signin.takes_passkeys(context["request"].get_host())


@register.inclusion_tag("mfa/webauthn/elsewhere.html", takes_context=True)
def passkeys_elsewhere(context) -> dict[str, str]:
    """One line that says why there is no button, and leads to the same page where there is one."""
    request = context["request"]
    return {"address": signin.passkey_address(request), "path": request.get_full_path()}
