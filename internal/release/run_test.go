package release_test

import (
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

func TestRun(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 24, 12, 0, 0, 5, time.UTC)
	run := func(id string, after time.Duration) release.Run {
		return release.Run{ID: id, Started: noon.Add(after)}
	}
	first := run("run-1", 0)
	for _, tt := range []struct {
		name  string
		other release.Run
		want  bool
	}{
		{"nobody", release.Run{}, false},
		{"itself", first, false},
		{"an older one", run("run-2", -1), false},
		{"a newer one", run("run-0", 1), true},
		{"the same instant, greater", run("run-2", 0), true},
		{"the same instant, smaller", run("run-0", 0), false},
	} {
		if got := first.YieldsTo(tt.other); got != tt.want {
			t.Errorf("%s: YieldsTo = %v", tt.name, got)
		}
		if back := release.ParseRun(tt.other.String()); !back.Started.Equal(tt.other.Started) || back.ID != tt.other.ID {
			t.Errorf("%s: %q is read as %v", tt.name, tt.other, back)
		}
	}
	for _, text := range []string{"", "run-9", "run-9 tomorrow", " "} {
		if got := release.ParseRun(text); got != (release.Run{}) {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}
