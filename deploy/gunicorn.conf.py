"""What every web process does beside answering: it gives signs of life."""


def post_worker_init(_worker):
    """The application is loaded now, so its models may be imported."""
    from apps.core import pulse

    pulse.start("web")
