package deps_test

import (
	"slices"
	"strings"
	"testing"
)

// small is a house of every kind of rule.
var small = rules{
	floors: []floor{
		{"bottom", []line{{"internal/errs", ""}, {"internal/poll", ""}}},
		{"middle", []line{{"internal/plan", "internal/errs internal/poll"}, {"internal/engine", "internal/plan"}}},
		{"top", []line{{"gcp/run", "internal/plan"}, {"gcp/emulator/...", "gcp/emulator/... gcp/worker"}, {"gcp/worker", "gcp/run"}, {"cmd", "gcp/... internal/..."}}},
	},
	outside: []outside{
		{"cloud.google.com/go/...", "gcp/...", "Google's libraries are used below gcp only"},
		{"example.com/other", "...", "something else"},
		{"os/exec", "gcp/worker", "few run programs"},
	},
	pure: []line{{"internal/plan", ""}, {"internal/errs", "context"}},
	apart: []apart{
		{"internal/engine", "cloud.google.com/go/...", "not even through others"},
		{"gcp/emulator/...", "gcp/run", "no code in common"},
	},
	clocks: []string{"internal/poll"},
}

// sound breaks none of its rules.
func sound() graph {
	g := graph{}
	for path, imports := range map[string]string{
		"internal/errs": "context", "internal/poll": "time os", "internal/plan": "internal/errs time strings",
		"internal/engine": "internal/plan os", "gcp/run": "internal/plan cloud.google.com/go/run/apiv2",
		"gcp/worker": "os/exec", "gcp/emulator": "gcp/worker gcp/emulator/run", "gcp/emulator/run": "", "cmd": "gcp/run internal/engine",
	} {
		g[path] = node{ours: true, imports: strings.Fields(imports)}
	}
	g["internal/poll"] = node{ours: true, clock: []string{"clock.go:20: time.Now"}}
	for _, path := range []string{"example.com/other", "cloud.google.com/go/run/apiv2", "context", "os/exec"} {
		g[path] = node{}
	}
	return g
}

func TestRules(t *testing.T) {
	t.Parallel()
	if got := small.check(sound()); len(got) > 0 {
		t.Fatalf("a sound graph: %q", got)
	}
	add := func(from string, to ...string) func(graph) {
		return func(g graph) {
			n := g[from]
			n.imports = append(slices.Clone(n.imports), to...)
			g[from] = n
		}
	}
	for name, c := range map[string]struct {
		change func(graph)
		want   string
	}{
		"unlisted":          {func(g graph) { g["internal/new"] = node{ours: true} }, "internal/new is on no floor: give it a line"},
		"emulator → client": {add("gcp/emulator/run", "gcp/run"), "gcp/emulator/run imports gcp/run: its line does not allow that"},
		"by way of another": {add("gcp/worker", "gcp/run"), "gcp/emulator reaches gcp/worker → gcp/run: no code in common"},
		"lower → higher":    {add("internal/errs", "internal/plan"), "internal/errs imports internal/plan from a higher floor: middle"},
		"same floor":        {add("internal/errs", "internal/poll"), "internal/errs imports internal/poll: its line does not allow that"},
		"Google's library":  {add("cmd", "cloud.google.com/go/storage"), "cmd imports cloud.google.com/go/storage: Google's libraries are used below gcp only (in gcp/...)"},
		"through a library": {func(g graph) {
			add("internal/plan", "example.com/other")(g)
			add("example.com/other", "cloud.google.com/go/x")(g)
		}, "internal/engine reaches internal/plan → example.com/other → cloud.google.com/go/x: not even through others"},
		"a new library":      {add("cmd", "example.com/new"), "cmd imports example.com/new: no rule of"},
		"a part of the name": {add("cmd", "example.com/others"), "cmd imports example.com/others: no rule of"},
		"standard library":   {add("cmd", "os/exec"), "cmd imports os/exec: few run programs (in gcp/worker)"},
		"effects":            {add("internal/plan", "context"), "internal/plan imports context: it works on values"},
		"other effects":      {add("internal/errs", "io/fs"), "internal/errs imports io/fs: it works on values"},
		"clock": {func(g graph) {
			g["internal/plan"] = node{ours: true, clock: []string{"plan.go:7: time.Now"}}
		}, "internal/plan uses the system's clock (plan.go:7: time.Now)"},
		"cycle of folders": {func(g graph) {
			add("gcp/emulator", "internal/poll")(g)
			add("internal/poll", "gcp/emulator/run")(g)
		}, "a cycle of folders: gcp/emulator → internal/poll → gcp/emulator"},
		"an idle line": {func(g graph) { delete(g, "gcp/run"); g["cmd"] = node{ours: true} }, "gcp/run, which a rule names, fits no package"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := sound()
			c.change(g)
			if got := small.check(g); !slices.ContainsFunc(got, func(f string) bool { return strings.HasPrefix(f, c.want) }) {
				t.Errorf("no fault begins with %q: %q", c.want, got)
			}
		})
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`import "time"; var d = time.Second; func f(t time.Time) { t.After(t) }`: "",
		`import "time"; var n = time.Now()`:                                      "x.go:1: time.Now",
		`import "time"; var now func() time.Time = time.Now`:                     "x.go:1: time.Now",
		`import "time"; func f() { time.Sleep(1) }`:                              "x.go:1: time.Sleep",
		`import t "time"; var n = t.Since(t.Time{})`:                             "x.go:1: time.Since",
		`import . "time"; var n = Now()`:                                         "a dot import of time",
		`import "time"; func f(time clock) { time.Now() }`:                       "",
		`import time "example.com/clock"; var n = time.Now()`:                    "",
	} {
		got, err := clockOf("x.go", "package x; "+text)
		if err != nil || strings.Join(got, ", ") != want {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
}
