import unittest

import wsgi


class Hello(unittest.TestCase):
    def test_greets(self):
        said = []
        body = wsgi.application({}, lambda status, headers: said.append(status))
        self.assertEqual((said, b"".join(body)), (["200 OK"], b"hello\n"))


if __name__ == "__main__":
    unittest.main()
