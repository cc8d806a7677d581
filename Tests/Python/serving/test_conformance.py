"""Part of serving_tests.py: compares the answers of `deeper serve` with recorded ones of Triton."""

import json
import unittest

import conform
from deeper_server import deeper_file


class ConformanceTests(unittest.TestCase):
    maxDiff = None

    def test_answers_are_those_of_triton(self):
        triton = json.loads(conform.ANSWERS.read_text())
        deeper, _ = conform.deeper_answers(deeper_file())
        lines = conform.compare(triton, deeper)
        unknown, stale = conform.judge(lines, json.loads(conform.ALLOWED.read_text()))
        self.assertEqual([], unknown)
        self.assertEqual([], [entry["difference"] for entry in stale])
        self.assertLessEqual(set(triton) - set(deeper), {"picture"})

    def test_a_difference_is_seen(self):
        """The comparison can fail: another status, a lost key, another number, an allowance without an occasion."""
        left = {"case": {"status": 200, "body": {"a": "string"}, "values": [1.0, 2.0]}}
        for changes in ({"status": 400}, {"body": {}}, {"values": [1.0, 2.1]}):
            self.assertEqual(1, len(conform.compare(left, {"case": {**left["case"], **changes}})), changes)
        self.assertEqual([], conform.compare(left, left))
        unknown, stale = conform.judge(["a: b"], [{"difference": "c"}])
        self.assertEqual((["a: b"], [{"difference": "c"}]), (unknown, stale))
