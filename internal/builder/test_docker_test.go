package builder_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

func TestTests(t *testing.T) {
	t.Parallel()
	c := dockertest.Require(t)
	app := image(t, c, "tested", "FROM BASE\nRUN useradd -u 10001 app\nWORKDIR /app\nCOPY . .\nUSER app\nENTRYPOINT [\"false\"]\n", map[string]string{
		"test_ok.py":   "import unittest, os, sys\nclass T(unittest.TestCase):\n  def test_a(self): self.assertEqual(os.environ['MODE'], 'test')\n  @unittest.skip('x')\n  def test_b(self): pass\n",
		"test_fail.py": "import unittest\nclass T(unittest.TestCase):\n  def test_a(self): self.assertEqual(1, 2)\n",
		"test_need.py": "import unittest, needed\nclass T(unittest.TestCase):\n  def test_a(self):\n    with self.assertRaises(OSError): open('/testenv/x', 'w')\n",
	})
	env := image(t, c, "testenv", "FROM scratch\nVOLUME /testenv\nCOPY testenv /testenv\n", map[string]string{
		"testenv/needed.py": "", "testenv/bin/runner": "#!/bin/sh\necho '3 passed in 0.1s'\n", "testenv/bin/pytest": "#!/bin/sh\necho \"$PYTEST_ADDOPTS\"; echo 'no tests ran in 0.0s'; exit 5\n",
	})
	for _, tt := range []struct {
		name    string
		command []string
		testenv string
		want    builder.TestResult
		last    string
		fails   string
	}{
		{"passes", []string{"python3", "-m", "unittest", "test_ok"}, "", builder.TestResult{Runner: "unittest", Passed: 1, Skipped: 1, Total: 2}, "1 passed, 1 skipped", ""},
		{"fails", []string{"python3", "-m", "unittest", "test_fail"}, "", builder.TestResult{Runner: "unittest", Failed: 1, Total: 1}, "0 passed, 1 failed", "the tests failed: 0 passed, 1 failed (exit 1)"},
		{"needs the test environment", []string{"python3", "-m", "unittest", "test_need"}, env, builder.TestResult{Runner: "unittest", Passed: 1, Total: 1}, "1 passed", ""},
		{"lacks it", []string{"python3", "-m", "unittest", "test_need"}, "", builder.TestResult{Runner: "unittest", Errors: 1, Total: 1}, "0 passed, 1 error", "the tests failed"},
		{"a script of it", []string{"runner"}, env, builder.TestResult{Runner: "pytest", Passed: 3, Total: 3}, "3 passed", ""},
		{"nothing collected", []string{"pytest", "-q"}, env, builder.TestResult{Runner: "pytest"}, "no tests ran in 0.0s", "found no tests (exit 5)"},
		{"zero tests", []string{"sh", "-c", "echo 'Ran 0 tests in 0.000s'; echo OK"}, "", builder.TestResult{Runner: "unittest"}, "passed, but no test was run", ""},
		{"unknown runner", []string{"sh", "-c", "test \"$PWD\" = /app"}, "", builder.TestResult{}, "passed; the runner gives no count", ""},
		{"has nothing of the worker", []string{"sh", "-c", "! ls -d /run/docker.sock /var/run/docker.sock /builder /workspace 2>/dev/null && ! env | grep -i -E 'token|metadata|gcpdeploy|cloudsdk|docker'"}, "", builder.TestResult{}, "passed; the runner gives no count", ""},
		{"unknown failure", []string{"sh", "-c", "exit 9"}, "", builder.TestResult{}, "", "ended with exit code 9"},
		{"no such program", []string{"nosuchthing"}, "", builder.TestResult{}, "", "starting the tests"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			labels := dockertest.Labels(t, c)
			var out bytes.Buffer
			got, err := builder.Test(t.Context(), c, builder.TestOptions{Image: app, TestEnv: tt.testenv, Command: tt.command, Env: map[string]string{"MODE": "test"}, Labels: labels}, &out)
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			if got != tt.want || lines[len(lines)-1] != tt.last {
				t.Errorf("= %+v, last line %q; want %+v, %q\n%s", got, lines[len(lines)-1], tt.want, tt.last, out.String())
			}
			if (tt.fails == "") != (err == nil) || (err != nil && (!strings.Contains(err.Error(), tt.fails) || errs.KindOf(err) != errs.Build || errs.HintOf(err) == "")) {
				t.Errorf("error %v, hint %q; want %q", err, errs.HintOf(err), tt.fails)
			}
			if list, err := c.List(t.Context(), labels); err != nil || len(list) > 0 {
				t.Errorf("left behind: %v, %v", list, err)
			}
		})
	}
	t.Run("kept environment", func(t *testing.T) {
		t.Parallel()
		labels := dockertest.Labels(t, c)
		missing := "gcpdeploy.local/kept:" + labels[docker.Label]
		var pulled []string
		o := builder.TestOptions{
			Image: app, TestEnv: missing, Command: []string{"runner"}, Labels: labels, Keep: true,
			Pull: func(ctx context.Context, ref string) error {
				pulled = append(pulled, ref)
				return c.Tag(ctx, env, ref)
			},
		}
		t.Cleanup(func() {
			if err := c.RemoveImage(context.WithoutCancel(t.Context()), missing); err != nil {
				t.Error(err)
			}
		})
		var ids []string
		for range 2 {
			if _, err := builder.Test(t.Context(), c, o, &bytes.Buffer{}); err != nil {
				t.Fatal(err)
			}
			list, err := c.List(t.Context(), labels)
			if err != nil || len(list) != 1 || list[0].Running {
				t.Fatalf("kept: %v, %v", list, err)
			}
			ids = append(ids, list[0].ID)
		}
		if ids[0] != ids[1] || len(pulled) != 1 {
			t.Errorf("containers %v, pulled %v: the second run takes what the first made", ids, pulled)
		}
		if err := c.Remove(t.Context(), ids[0]); err != nil {
			t.Error(err)
		}
	})
	if _, err := builder.Test(t.Context(), c, builder.TestOptions{Image: "gcpdeploy.local/none:1", Command: []string{"true"}}, &bytes.Buffer{}); errs.KindOf(err) != errs.NotFound {
		t.Errorf("no image: %v", err)
	}
	if _, err := builder.Test(t.Context(), c, builder.TestOptions{Image: app}, &bytes.Buffer{}); errs.KindOf(err) != errs.Usage {
		t.Errorf("no command: %v", err)
	}
}
