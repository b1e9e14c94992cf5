"""The official Python client administers the running engine."""

from __future__ import annotations

import meilisearch
import pytest
from meilisearch.errors import MeilisearchApiError

from tests.search.engine.running import Engine, RunningIndex


@pytest.fixture
def client(engine: Engine) -> meilisearch.Client:
    return meilisearch.Client(engine.url, engine.key)


def test_it_fills_configures_and_searches_an_index(client: meilisearch.Client, index: RunningIndex):
    client.wait_for_task(client.create_index(index.uid, {"primaryKey": "id"}).task_uid)
    held = client.index(index.uid)
    settings = {"filterableAttributes": ["year"], "searchableAttributes": ["title"]}
    client.wait_for_task(held.update_settings(settings).task_uid)
    documents = [{"id": 1, "title": "Welcome desk", "year": 2020}, {"id": 2, "title": "Housing"}]
    task = client.wait_for_task(held.add_documents(documents).task_uid)
    assert (task.status, task.details["indexedDocuments"]) == ("succeeded", 2)
    assert held.get_settings()["filterableAttributes"] == ["year"]
    assert held.search("welcom", {"filter": "year = 2020"})["hits"] == [documents[0]]
    assert dict(held.get_document(1))["title"] == "Welcome desk"
    assert held.get_documents({"limit": 1}).total == 2
    assert held.get_stats().number_of_documents == 2


def test_it_updates_and_deletes_documents(client: meilisearch.Client, index: RunningIndex):
    held = client.index(index.uid)
    client.wait_for_task(held.add_documents([{"id": n} for n in range(5)], "id").task_uid)
    client.wait_for_task(held.update_documents([{"id": 1, "n": 1}]).task_uid)
    client.wait_for_task(held.update_filterable_attributes(["id"]).task_uid)
    client.wait_for_task(held.delete_documents(filter="id IN [2, 3]").task_uid)
    client.wait_for_task(held.delete_document("4").task_uid)
    assert [dict(d) for d in held.get_documents().results] == [{"id": 0}, {"id": 1, "n": 1}]
    client.wait_for_task(held.delete_all_documents().task_uid)
    assert held.get_stats().number_of_documents == 0


def test_it_sets_single_settings(client: meilisearch.Client, index: RunningIndex):
    held = client.index(index.uid)
    client.wait_for_task(held.update_filterable_attributes(["a"]).task_uid)
    client.wait_for_task(held.update_synonyms({"bip": ["refugee"]}).task_uid)
    client.wait_for_task(held.update_ranking_rules(["words", "typo", "a:desc"]).task_uid)
    assert held.get_filterable_attributes() == ["a"]
    assert held.get_synonyms() == {"bip": ["refugee"]}
    client.wait_for_task(held.reset_synonyms().task_uid)
    assert held.get_synonyms() == {}


def test_it_swaps_and_deletes_indexes(client: meilisearch.Client, index: RunningIndex):
    other = f"{index.uid}-new"
    for uid, document in ((index.uid, {"id": 1}), (other, {"id": 2})):
        client.wait_for_task(client.index(uid).add_documents([document]).task_uid)
    client.wait_for_task(client.swap_indexes([{"indexes": [index.uid, other]}]).task_uid)
    assert client.index(index.uid).search("")["hits"] == [{"id": 2}]
    client.wait_for_task(client.delete_index(other).task_uid)
    with pytest.raises(MeilisearchApiError, match="index_not_found"):
        client.get_index(other)


def test_it_reads_health_version_tasks_and_keys(client: meilisearch.Client, index: RunningIndex):
    client.wait_for_task(client.index(index.uid).add_documents([{"id": 1}]).task_uid)
    assert client.is_healthy()
    assert client.get_version()["pkgVersion"]
    tasks = client.get_tasks({"indexUids": [index.uid]}).results
    assert [task.type for task in tasks] == ["documentAdditionOrUpdate"]
    assert {key.name for key in client.get_keys().results} == {
        "Default Search API Key",
        "Default Admin API Key",
    }


def test_it_searches_several_indexes_at_once(client: meilisearch.Client, index: RunningIndex):
    client.wait_for_task(client.index(index.uid).add_documents([{"id": 1, "t": "a"}]).task_uid)
    queries = [{"indexUid": index.uid, "q": "a"}, {"indexUid": index.uid, "q": "zz"}]
    found = client.multi_search(queries)
    assert [len(result["hits"]) for result in found["results"]] == [1, 0]
    merged = client.multi_search(queries, {"limit": 5})
    assert [hit["id"] for hit in merged["hits"]] == [1]
