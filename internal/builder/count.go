package builder

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
)

// TestResult counts tests where their runner says them. An expected failure
// counts as passed, an unexpected success as its runner judges it.
type TestResult struct {
	Runner  string `json:"runner,omitempty"` // pytest, unittest, django; "" = unknown
	Passed  int    `json:"passed"`
	Failed  int    `json:"failed"`
	Skipped int    `json:"skipped"`
	Errors  int    `json:"errors"`
	Total   int    `json:"total"`
}

// counter reads a test run's output line by line as it is written, and adds up
// the summaries in it: a command may run several runners.
type counter struct {
	TestResult
	line     []byte
	django   bool
	ran      int // of unittest's line before its verdict; -1 = none
	fixtures int // unittest's errors of whole classes, which count as no run test
	started  bool
	missing  string // the first module that was missing of what slimming removes
}

// maxLine bounds what is kept of a line without an end.
const maxLine = 64 << 10

// Write never fails.
func (c *counter) Write(p []byte) (int, error) {
	n := len(p)
	for {
		line, rest, ok := bytes.Cut(p, []byte("\n"))
		if room := maxLine - len(c.line); room > 0 {
			c.line = append(c.line, line[:min(room, len(line))]...)
		}
		if !ok {
			return n, nil
		}
		c.read(string(c.line))
		c.line, p = c.line[:0], rest
	}
}

// close reads a last line that has no end, and gives the result.
func (c *counter) close() TestResult {
	c.read(string(c.line))
	c.line = nil
	c.Total = c.Passed + c.Failed + c.Skipped + c.Errors
	return c.TestResult
}

var (
	escapes = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")
	// 1 failed, 11 passed, 2 warnings in 72.10s (0:01:12); older: in 0.12 seconds
	pytestEnd = regexp.MustCompile(`^(\d+ [a-z]+(?: [a-z]+)?(?:, \d+ [a-z]+(?: [a-z]+)?)*|no tests ran) in [0-9.]+ ?s(?:econds)?(?: \([^)]*\))?$`)
	// Ran 12 tests in 0.003s
	unittestRan = regexp.MustCompile(`^Ran (\d+) tests? in [0-9.]+s$`)
	// OK (skipped=1); FAILED (failures=1, errors=2)
	unittestEnd = regexp.MustCompile(`^(OK|FAILED|NO TESTS RAN)(?: \((.*)\))?$`)
	// ERROR: setUpClass (tests.A)
	fixtureError = regexp.MustCompile(`^ERROR: (?:setUp|tearDown)(?:Class|Module) \(`)
	djangoFound  = regexp.MustCompile(`^Found \d+ test\(s\)\.$`)
)

// read looks at one line.
func (c *counter) read(line string) {
	if !c.started {
		c.started, c.ran = true, -1
	}
	line = strings.TrimSpace(escapes.ReplaceAllString(line, ""))
	switch {
	case djangoFound.MatchString(line):
		c.django = true
	case fixtureError.MatchString(line):
		c.fixtures++
	case unittestRan.MatchString(line):
		c.ran = number(unittestRan.FindStringSubmatch(line)[1])
	case c.ran >= 0 && unittestEnd.MatchString(line):
		c.unittest(unittestEnd.FindStringSubmatch(line)[2])
	case c.missing == "" && missing(line) != "":
		c.missing = missing(line)
	default:
		if m := pytestEnd.FindStringSubmatch(strings.Trim(line, "= ")); m != nil {
			c.pytest(m[1])
		}
	}
}

// pytest adds a summary like "1 failed, 11 passed, 1 error".
func (c *counter) pytest(summary string) {
	known := summary == "no tests ran"
	var r TestResult
	for _, part := range strings.Split(summary, ", ") {
		count, what, _ := strings.Cut(part, " ")
		n := number(count)
		switch what {
		case "passed", "xpassed", "xfailed":
			r.Passed += n
		case "failed":
			r.Failed += n
		case "skipped":
			r.Skipped += n
		case "error", "errors":
			r.Errors += n
		case "deselected", "rerun", "subtests passed", "test collected", "tests collected":
		case "warning", "warnings":
			continue // other tools count them too
		default:
			continue
		}
		known = true
	}
	if !known {
		return
	}
	c.Runner = "pytest"
	c.add(r)
}

// unittest adds a verdict's counts: what is not in it has passed.
func (c *counter) unittest(counts string) {
	r := TestResult{}
	for _, part := range strings.Split(counts, ", ") {
		what, count, _ := strings.Cut(part, "=")
		switch n := number(count); what {
		case "failures", "unexpected successes":
			r.Failed += n
		case "errors":
			r.Errors += n
		case "skipped":
			r.Skipped += n
		}
	}
	r.Passed = max(0, c.ran-r.Failed-max(0, r.Errors-c.fixtures)-r.Skipped)
	c.ran, c.fixtures = -1, 0
	if c.Runner = "unittest"; c.django {
		c.Runner = "django"
	}
	c.add(r)
}

func (c *counter) add(r TestResult) {
	c.Passed += r.Passed
	c.Failed += r.Failed
	c.Skipped += r.Skipped
	c.Errors += r.Errors
}

// number reads a count; what is no number or absurd is 0.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 1e9 {
		return 0
	}
	return n
}
