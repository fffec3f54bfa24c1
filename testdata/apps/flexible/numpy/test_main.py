import unittest

import main


class Network(unittest.TestCase):
    def test_answers_with_currents(self):
        answer = main.app.test_client().get("/").get_json()
        first, second, third = answer["currents"]
        self.assertAlmostEqual(5 * first - 2 * second, 12, places=4)
        self.assertAlmostEqual(4 * third - second, -6, places=4)

    def test_is_healthy(self):
        self.assertEqual(main.app.test_client().get("/healthz").status_code, 200)


if __name__ == "__main__":
    unittest.main()
