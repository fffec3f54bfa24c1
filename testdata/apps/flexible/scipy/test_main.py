import unittest

import main


class Curve(unittest.TestCase):
    def test_finds_the_lowest_point(self):
        client = main.app.test_client()
        self.assertAlmostEqual(client.get("/").get_json()["lowest"], 3.0, places=3)
        self.assertAlmostEqual(client.get("/?shift=-2").get_json()["lowest"], -2.0, places=3)


if __name__ == "__main__":
    unittest.main()
