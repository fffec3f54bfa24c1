import unittest
from importlib.metadata import version
from pathlib import Path

import greet
import shop


class Shop(unittest.TestCase):
    def test_page(self):
        self.assertIn(", &lt;you&gt;!", shop.page("<you>"))

    def test_where_the_packages_are(self):
        root = Path(__file__).resolve().parent.parent
        self.assertEqual(Path(shop.__file__).parent, root / "src" / "shop")
        self.assertNotIn(root, Path(greet.__file__).parents)
        self.assertEqual(version("greet"), "0.3")
