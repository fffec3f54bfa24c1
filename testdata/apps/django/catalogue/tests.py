from django.test import TestCase

from .models import Book


class Search(TestCase):
    @classmethod
    def setUpTestData(cls):
        Book.objects.create(title="Middlemarch", year=1871)
        Book.objects.create(title="Emma", year=1815)

    def test_all_in_order(self):
        self.assertEqual(self.client.get("/").json(), {"books": ["Emma (1815)", "Middlemarch (1871)"]})

    def test_by_title(self):
        self.assertEqual(self.client.get("/", {"q": "march"}).json(), {"books": ["Middlemarch (1871)"]})

    def test_none(self):
        self.assertEqual(self.client.get("/", {"q": "walden"}).json(), {"books": []})
