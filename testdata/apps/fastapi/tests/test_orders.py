import pytest
from fastapi.testclient import TestClient

from main import app


@pytest.fixture
def client():
    return TestClient(app)


def test_prices(client):
    assert client.get("/").json()["pear"] == "0.55"


def test_total(client):
    answer = client.post("/orders", json=[{"item": "apple", "count": 3}, {"item": "quince", "count": 1}])
    assert answer.json() == {"total": "2.40"}


@pytest.mark.parametrize("line, status", [
    ({"item": "plum", "count": 1}, 404),
    ({"item": "pear", "count": 0}, 422),
    ({"item": "pear"}, 422),
])
def test_refuses(client, line, status):
    assert client.post("/orders", json=[line]).status_code == status
