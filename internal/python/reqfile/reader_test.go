package reqfile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
	"github.com/gcpdeploy/gcpdeploy/internal/python/reqfile"
)

// TestRead: statements come in pip's order, with what includes them and where they are.
func TestRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"r.txt":         "a==1 \\\n  --hash=sha256:aa # why\n-c in/limits.txt\n-i https://${HOST}/s --pre\n-e 'lib[x]'\n",
		"in/limits.txt": "b<2\n-r more.txt\n", "in/more.txt": "c\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	r := reqfile.Reader{Dir: dir, Lookup: func(name string) (string, bool) { return "h.example", name == "HOST" }}
	r.Do = func(s reqfile.Statement) *pep508.Fault {
		var uses []string
		for _, u := range s.Uses {
			uses = append(uses, u.Name+"="+u.Value)
		}
		got = append(got, fmt.Sprintf("%s:%d %d %q %v %v", s.File, s.Number, s.Kind, s.Value, s.Constraint, uses))
		return nil
	}
	if err := r.Read("r.txt"); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`r.txt:1 1 "a==1" false [--hash=sha256:aa]`,
		`r.txt:3 3 "in/limits.txt" false [--constraint=in/limits.txt]`,
		`in/limits.txt:1 1 "b<2" true []`,
		`in/limits.txt:2 3 "more.txt" true [--requirement=more.txt]`,
		`in/more.txt:1 1 "c" false []`,
		`r.txt:4 0 "" false [--index-url=https://h.example/s --pre=]`,
		`r.txt:5 2 "lib[x]" false [--editable=lib[x]]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"r.txt", "in/limits.txt", "in/more.txt"}, r.Files); diff != "" {
		t.Error(diff)
	}
}
