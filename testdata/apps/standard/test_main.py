import unittest

import main


class Greeting(unittest.TestCase):
    def test_greets(self):
        self.assertEqual(main.app.test_client().get("/").status_code, 200)


if __name__ == "__main__":
    unittest.main()
