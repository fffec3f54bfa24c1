package builder

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCount(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		want       TestResult
	}{
		{"plain", "..\n===== 12 passed in 0.12s =====\n", TestResult{Runner: "pytest", Passed: 12, Total: 12}},
		{"quiet", "............ [100%]\n12 passed in 0.12s\n", TestResult{Runner: "pytest", Passed: 12, Total: 12}},
		{"no newline", "12 passed in 0.12s", TestResult{Runner: "pytest", Passed: 12, Total: 12}},
		{"windows", "12 passed in 0.12s\r\n", TestResult{Runner: "pytest", Passed: 12, Total: 12}},
		{"all", "= 2 failed, 3 passed, 1 skipped, 1 xfailed, 1 xpassed, 1 warning, 1 error in 0.06s =\n",
			TestResult{Runner: "pytest", Passed: 5, Failed: 2, Skipped: 1, Errors: 1, Total: 9}},
		{"subtests", "2 failed, 3 passed, 2 errors, 3 subtests passed in 0.12s\n", TestResult{Runner: "pytest", Passed: 3, Failed: 2, Errors: 2, Total: 7}},
		{"long", "== 7 passed, 2 warnings in 72.10s (0:01:12) ==\n", TestResult{Runner: "pytest", Passed: 7, Total: 7}},
		{"old", "== 7 passed in 1.10 seconds ==\n", TestResult{Runner: "pytest", Passed: 7, Total: 7}},
		{"rerun", "= 1 passed, 2 rerun in 0.09s =\n", TestResult{Runner: "pytest", Passed: 1, Total: 1}},
		{"colour", "\x1b[33m==== \x1b[32m1 passed\x1b[0m, \x1b[33m\x1b[1m7 deselected\x1b[0m, \x1b[33m\x1b[1m1 warning\x1b[0m\x1b[33m in 0.02s\x1b[0m\x1b[33m ====\x1b[0m\n",
			TestResult{Runner: "pytest", Passed: 1, Total: 1}},
		{"none", "==== no tests ran in 0.02s ====\n", TestResult{Runner: "pytest"}},
		{"deselected", "7 deselected in 0.02s\n", TestResult{Runner: "pytest"}},
		{"collected", "8 tests collected in 0.01s\n", TestResult{Runner: "pytest"}},
		{"two runs", "1 passed in 0.1s\n2 failed in 0.1s\n", TestResult{Runner: "pytest", Passed: 1, Failed: 2, Total: 3}},
		{"warnings of a compiler", "3 warnings in 0.1s\n", TestResult{}},
		{"talk", "I passed in 2s\n12 passed the bridge in 0.1s\nOK\nFAILED\nRan 3 times\n", TestResult{}},
		{"unittest", "....\n-----\nRan 4 tests in 0.001s\n\nOK\n", TestResult{Runner: "unittest", Passed: 4, Total: 4}},
		{"unittest one", "Ran 1 test in 0.000s\n\nOK\n", TestResult{Runner: "unittest", Passed: 1, Total: 1}},
		{"unittest skips", "Ran 4 tests in 0.001s\n\nOK (skipped=1, expected failures=1)\n", TestResult{Runner: "unittest", Passed: 3, Skipped: 1, Total: 4}},
		{"unittest fails", "ERROR: setUpClass (test_u.B)\nRan 6 tests in 0.001s\n\nFAILED (failures=1, errors=2, skipped=1, expected failures=1, unexpected successes=1)\n",
			TestResult{Runner: "unittest", Passed: 2, Failed: 2, Errors: 2, Skipped: 1, Total: 7}},
		{"unittest none", "Ran 0 tests in 0.000s\n\nOK\n", TestResult{Runner: "unittest"}},
		{"unittest none 3.12", "Ran 0 tests in 0.000s\n\nNO TESTS RAN\n", TestResult{Runner: "unittest"}},
		{"django", "Found 3 test(s).\nCreating test database for alias 'default'...\nSystem check identified no issues (0 silenced).\n...\n---\nRan 3 tests in 0.010s\n\nOK\nDestroying test database for alias 'default'...\n",
			TestResult{Runner: "django", Passed: 3, Total: 3}},
		{"endless line", strings.Repeat("x", maxLine+10) + "\n1 passed in 0.1s\n", TestResult{Runner: "pytest", Passed: 1, Total: 1}},
		{"absurd", "99999999999999999999 passed in 0.1s\n", TestResult{Runner: "pytest"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var c counter
			_, _ = c.Write([]byte(tt.text))
			if d := cmp.Diff(tt.want, c.close()); d != "" {
				t.Error(d)
			}
		})
	}
}

// FuzzCount: no panic, no negative number, and how the text is cut into writes
// does not matter.
func FuzzCount(f *testing.F) {
	f.Add("== 1 failed, 11 passed in 0.1s ==\n", uint64(1))
	f.Add("Ran 6 tests in 0.001s\n\nFAILED (failures=1, errors=9)\n", uint64(2))
	f.Add("\x1b[33m1 passed\x1b[0m in 1s\nno tests ran in 0.0s", uint64(3))
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		var whole, parts counter
		_, _ = whole.Write([]byte(text))
		r := rand.New(rand.NewPCG(seed, 0))
		for rest := text; rest != ""; {
			n := 1 + r.IntN(len(rest))
			_, _ = parts.Write([]byte(rest[:n]))
			rest = rest[n:]
		}
		a, b := whole.close(), parts.close()
		if a != b {
			t.Errorf("%+v, in parts %+v", a, b)
		}
		if min(a.Passed, a.Failed, a.Skipped, a.Errors, a.Total) < 0 {
			t.Errorf("negative: %+v", a)
		}
	})
}
