"""The technical administration speaks the reader's language: every table, every column."""

import re

import pytest
from django.contrib import admin
from django.urls import reverse

from onsite.tests.world import build

LATIN = {"ID", "SHA-256"}
HEADINGS = re.compile(r'<th scope="col"[^>]*>.*?<div class="text">(.*?)</div>', re.S)
LABELS = re.compile(r"<label[^>]*>(.*?)</label>", re.S)


def english(words: list[str]) -> list[str]:
    plain = [re.sub(r"<[^>]*>|\s+|:|：", " ", one).strip() for one in words]
    return sorted({one for one in plain if one and one.isascii() and one not in LATIN})


@pytest.fixture
def reader(administrator, signed_in):
    administrator.language = "zh-hans"
    administrator.save()
    build("HERE")
    return signed_in(administrator)


def test_every_table_has_a_name_of_its_own(reader):
    apps = reader.get(reverse("admin:index")).context["app_list"]
    names = [str(one["name"]) for app in apps for one in [app, *app["models"]]]
    assert english(names) == []
    assert len(names) > 20


def test_no_column_stands_there_under_its_english_name(reader):
    found, looked_at = {}, 0
    for model in admin.site._registry:
        place = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        page = reader.get(reverse(f"{place}_changelist")).content.decode()
        words = HEADINGS.findall(page)
        thing = model._base_manager.first()
        if thing is not None:
            words += LABELS.findall(reader.get(reverse(f"{place}_change", args=[thing.pk])).content.decode())
        looked_at += len(words)
        if wrong := english(words):
            found[model.__name__] = wrong
    assert found == {}
    assert looked_at > 200
