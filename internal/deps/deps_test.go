// Package deps holds the rules of who may import whom, as a test with reasons.
package deps_test

import (
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/gcpdeploy/gcpdeploy/"

// rule forbids imports of packages with a prefix, outside of tests.
type rule struct {
	in     string // packages below this path
	except []string
	deny   []string
	reason string
}

var rules = []rule{
	{in: "internal/plan", deny: []string{"os", "net", "context", "io/fs"}, reason: "a plan has no effects"},
	{in: "internal/inventory", deny: []string{"os", "net", "context", "io/fs", module + "gcp"}, reason: "what goes is decided on values, before anything is called"},
	{in: "", except: []string{"gcp"}, deny: []string{"cloud.google.com/go", "google.golang.org/api"}, reason: "Google's libraries are used below gcp only"},
	{in: "", except: []string{"cmd/gcpdeploy"}, deny: []string{module + "cmd"}, reason: "nothing imports cmd but main"},
	{in: "gcp/emulator", deny: []string{
		module + "gcp/cloudbuild", module + "gcp/run", module + "gcp/registry", module + "gcp/secretmanager", module + "gcp/storage", module + "internal/engine", module + "internal/plan",
	}, reason: "emulators share no code with the clients, so one misreading of an API cannot hide in both"},
	{in: "gcp/worker", deny: []string{module + "gcp/emulator"}, reason: "the worker runs inside a real build too"},
	{in: "internal/python", deny: []string{module + "internal/config", module + "internal/detect", module + "internal/engine", module + "internal/plan", module + "gcp", "net/http", "os/exec"}, reason: "what Python's files say is read, without a tool or a network; others choose among several"},
	{in: "internal/python/pep508", deny: []string{"os", "net", "context", "io/fs"}, reason: "a dependency is a text"},
	{in: "internal/python/wheel", deny: []string{"os", "net", "context", "io/fs"}, reason: "wheels are judged by their names alone, so that a plan can"},
	{in: "internal/index", deny: []string{module + "internal/plan", module + "internal/config", module + "internal/python/closure"}, reason: "an index knows projects, not what they are wanted for"},
	{in: "internal/release", deny: []string{module + "gcp", module + "internal/plan", module + "internal/engine"}, reason: "what a target is, is below the targets, and below who uses them"},
	{in: "internal/errs", deny: []string{module}, reason: "errs is below everything"},
}

type pkg struct {
	ImportPath, Dir string
	Imports         []string
	GoFiles         []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	c := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Dir,Imports,GoFiles", "./...")
	c.Dir = "../.."
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func under(path, prefix string) bool {
	return prefix == "" || path == prefix || strings.HasPrefix(path, strings.TrimSuffix(prefix, "/")+"/")
}

func TestImports(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, p := range packages(t) {
		for _, r := range rules {
			path := strings.TrimPrefix(p.ImportPath, module)
			if !under(path, r.in) {
				continue
			}
			used[r.reason] = true
			excepted := false
			for _, e := range r.except {
				excepted = excepted || under(path, e)
			}
			for _, imported := range p.Imports {
				for _, d := range r.deny {
					if under(imported, d) && !excepted {
						t.Errorf("%s imports %s: %s", path, imported, r.reason)
					}
				}
			}
		}
	}
	for _, r := range rules {
		if !used[r.reason] {
			t.Errorf("the rule for %q fits no package any more", r.in)
		}
	}
}

func TestEveryPackageHasOneComment(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		comments := 0
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if f.Doc != nil {
				comments++
			}
		}
		if comments != 1 && len(p.GoFiles) > 0 {
			t.Errorf("%s has %d package comments, want 1", p.ImportPath, comments)
		}
	}
}
