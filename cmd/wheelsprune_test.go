package cmd_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	emubuild "github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	emuregistry "github.com/gcpdeploy/gcpdeploy/gcp/emulator/registry"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
)

func TestWheelsPrune(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	prune := func(exit int, args ...string) (stdout, stderr string) {
		return s.run(t, exit, append([]string{"wheels", "prune", "--source", s.app}, args...)...)
	}
	stdout, _ := prune(0)
	if want := "nothing to remove in " + s.Repository() + "\n"; stdout != want {
		t.Errorf("of nothing: %q", stdout)
	}
	var tags []string
	for n := range 3 {
		tags = append(tags, key.Sum([]byte{byte(n)}))
		s.put(t, "wheels", nil, map[string]string{"a": strings.Repeat("x", 100_000), "b": fmt.Sprint(n)}, tags[n], "run-1")
	}
	s.put(t, "builder", nil, map[string]string{"a": "1"}, "v1")
	stdout, _ = prune(0)
	if !strings.Contains(stdout, "nothing to remove") || !strings.Contains(stdout, "   3  among the newest") || !strings.Contains(stdout, "   1  builder images") {
		t.Errorf("of what is new:\n%s", stdout)
	}
	stdout, _ = prune(0, "--keep", "0", "--older-than", "720h")
	if !strings.Contains(stdout, "nothing to remove") || !strings.Contains(stdout, "   3  too young") {
		t.Errorf("of what is young:\n%s", stdout)
	}
	stdout, _ = prune(0, "--keep", "1")
	for _, want := range []string{
		`^would remove 2 images of \S+, free \d+ kB\n`, `(?m)^  wheels +` + tags[0][:8] + ` +\d+ s +\d+ kB +not in use, and not among the newest 1 of its kind$`,
		`(?m)^2 images stay$`, `--yes removes them`,
	} {
		if !regexp.MustCompile(want).MatchString(stdout) {
			t.Errorf("the dry run lacks %s:\n%s", want, stdout)
		}
	}
	emulator.Get[*emuregistry.Server](s.server).Faults.Fail("DeleteVersion", 1, codes.PermissionDenied)
	stdout, stderr := prune(1, "--keep", "1", "--yes")
	if !strings.HasPrefix(stdout, "removed 1 image of ") || strings.Count(stdout, "FAILED: ") != 1 || !strings.Contains(stderr, "1 of 2 images could not be removed") || !strings.Contains(stderr, "hint: ") {
		t.Errorf("where one is refused:\n%s%s", stdout, stderr)
	}
	emulator.Get[*emuregistry.Server](s.server).Faults.Fail("DeleteVersion", 1, codes.PermissionDenied)
	stdout, stderr = prune(1, "--keep", "1", "--yes", "--json")
	if n := strings.Count(stdout, "\n"); n != 1 || !strings.Contains(stdout, `"failed":[{"package":"wheels"`) || stderr != "" {
		t.Errorf("as JSON:\n%s%s", stdout, stderr)
	}
	stdout, _ = prune(0, "--keep", "1", "--yes")
	if !strings.HasPrefix(stdout, "removed 1 image of ") {
		t.Errorf("again:\n%s", stdout)
	}
	left, err := s.Tags(t.Context(), "wheels")
	if len(left) != 2 || left[tags[2]] == "" || err != nil { // the newest, and its run's tag
		t.Errorf("left: %v, %v", left, err)
	}
	// Who may not see what runs removes nothing.
	s.put(t, "wheels", nil, map[string]string{"a": "new"}, key.Sum([]byte("new")))
	emulator.Get[*emubuild.Server](s.server).Faults.Fail("ListBuilds", 1, codes.PermissionDenied)
	prune(4, "--keep", "0", "--yes")
	if left, err := s.Tags(t.Context(), "wheels"); len(left) != 3 || err != nil {
		t.Errorf("after a refusal: %v, %v", left, err)
	}
	// Builds that are listed by region alone are, and that is said once.
	emulator.Get[*emubuild.Server](s.server).Faults.Fail(emubuild.EveryLocation, 100, codes.InvalidArgument)
	stdout, said := prune(0, "--keep", "1", "--yes")
	if !strings.HasPrefix(stdout, "removed 1 image of ") || strings.Count(said, "those of global, r are seen") != 1 {
		t.Errorf("by region:\n%s%s", stdout, said)
	}
}
