from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def install_parameters(**_kwargs):
    """Give every number of the policy its default after each migration."""
    from apps.core import parameters  # models are loaded only now

    parameters.install_defaults(timezone.now())


def quiet_triggers(using, **_kwargs):
    """Put our functions in the place of those that every trigger of the libraries calls, and that each migration of a
    trigger puts back.

    Theirs ask for a setting that may be missing and catch the error. Each error ends a subtransaction, and ending one
    looks through all trigger events that the statement still holds: 10,000 rows changed at once took minutes.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(
            """
            CREATE OR REPLACE FUNCTION _pgtrigger_should_ignore(trigger_name NAME) RETURNS BOOLEAN LANGUAGE plpgsql
            AS $$ BEGIN
                RETURN coalesce(
                    trigger_name = ANY(nullif(current_setting('pgtrigger.ignore', true), '')::text[]), false);
            END $$;
            CREATE OR REPLACE FUNCTION _pgh_attach_context() RETURNS UUID LANGUAGE plpgsql
            AS $$ DECLARE
                context UUID := nullif(current_setting('pghistory.context_id', true), '')::uuid;
                words JSONB := nullif(current_setting('pghistory.context_metadata', true), '')::jsonb;
            BEGIN
                IF context IS NULL OR words IS NULL THEN
                    RETURN NULL;
                END IF;
                INSERT INTO pghistory_context (id, metadata, created_at, updated_at)
                    VALUES (context, words, now(), now())
                    ON CONFLICT (id) DO UPDATE SET metadata = EXCLUDED.metadata, updated_at = EXCLUDED.updated_at
                    WHERE pghistory_context.metadata <> EXCLUDED.metadata;
                RETURN context;
            END $$
            """
        )


class CoreConfig(AppConfig):
    """Nouns that no feature owns: clauses, clocks, signatures, notices, files."""

    name = "apps.core"
    verbose_name = _("Core")

    def ready(self):
        post_migrate.connect(install_parameters, sender=self)
        post_migrate.connect(quiet_triggers, sender=self)
