import json
import unittest
from urllib.parse import urlencode

import wsgi


def get(**query):
    status = []
    body = wsgi.application({"QUERY_STRING": urlencode(query)}, lambda s, headers: status.append(s[:3]))
    return status[0], json.loads(b"".join(body))


class Counts(unittest.TestCase):
    def test_counts(self):
        self.assertEqual(get(number=7, yaml="a: [b, c]"), ("200", {"bits": 3, "values": 3}))

    def test_defaults(self):
        self.assertEqual(get(), ("200", {"bits": 8, "values": 4}))

    def test_refuses(self):
        self.assertEqual(get(number="x")[0], "400")
        self.assertEqual(get(number=-1)[0], "400")
        self.assertEqual(get(yaml="[1")[0], "400")


if __name__ == "__main__":
    unittest.main()
