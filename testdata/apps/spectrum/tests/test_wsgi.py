import numpy
import pytest

from wsgi import application


@pytest.fixture
def client():
    return application.test_client()


def test_answers_the_peak(client):
    answer = client.get("/?freq=123.5&noise=2&seed=3").get_json()
    assert answer["peak"] == 123.5
    assert answer["numpy"] == numpy.__version__


@pytest.mark.parametrize("query", ["freq=loud", "freq=0", "freq=500", "noise=-1", "seed=x", "freq=nan"])
def test_refuses_what_is_no_signal(client, query):
    answer = client.get("/?" + query)
    assert answer.status_code == 400
    assert "error" in answer.get_json()
