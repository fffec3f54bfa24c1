package lockfile_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/python/lockfile"
)

var expectedName = regexp.MustCompile(`^expected-(?:([a-z]+)-)?(3\.[0-9]+)(\[[a-z]+\])?\.txt$`)

// TestExports compares with what uv, Poetry and Pipenv themselves export of the
// same lock files, after Python's packaging library took out what is not for
// the target.
func TestExports(t *testing.T) {
	t.Parallel()
	locks := map[string]string{"uv": "uv.lock", "poetry": "poetry.lock", "poetry1": "poetry.lock", "pdm": "pdm.lock", "pipenv": "Pipfile.lock", "pylock": "pylock.toml"}
	cases, err := filepath.Glob("testdata/*/*/expected-*.txt")
	if err != nil || len(cases) < 60 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, file := range cases {
		t.Run(strings.TrimPrefix(file, "testdata/"), func(t *testing.T) {
			t.Parallel()
			m := expectedName.FindStringSubmatch(filepath.Base(file))
			if m == nil {
				t.Fatal("what is this file?")
			}
			dir := filepath.Dir(file)
			name := locks[filepath.Base(filepath.Dir(dir))]
			if m[1] != "" { // a member of a workspace
				dir, name = filepath.Join(dir, "packages", m[1]), "../../"+name
			}
			l, ok, err := lockfile.Read(dir, name+m[3], lockfile.Target{Python: m[2]})
			if err != nil || !ok {
				t.Fatal(ok, err)
			}
			if l.Stale != "" {
				t.Errorf("stale: %s", l.Stale)
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(strings.TrimSpace(string(want)), "\n"), show(l)); diff != "" {
				t.Errorf("(-export +read):\n%s", diff)
			}
		})
	}
}

// show writes packages as the expected files do.
func show(l *lockfile.Lock) []string {
	var out []string
	for _, p := range l.Packages {
		p.Extras = nil
		s := p.String()
		if p.Path != "" {
			s += " ./" + p.Path
		}
		if len(p.Hashes) > 0 {
			s += " " + strings.Join(p.Hashes, " ")
		}
		out = append(out, s)
	}
	slices.Sort(out)
	if out == nil {
		return []string{""}
	}
	return out
}
