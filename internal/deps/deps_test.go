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
	"sync"
	"testing"
)

const module = "github.com/gcpdeploy/gcpdeploy/"

type pkg struct {
	ImportPath, Dir string
	Standard        bool
	Imports         []string
	GoFiles         []string
}

func (p pkg) ours() bool { return strings.HasPrefix(p.ImportPath, module) }

// packages are ours and all that they import, without what tests import.
var packages = sync.OnceValues(func() (all []pkg, err error) {
	c := exec.Command("go", "list", "-deps", "-json=ImportPath,Dir,Standard,Imports,GoFiles", "./...")
	c.Dir = "../.."
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return nil, err
	}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
})

func TestImports(t *testing.T) {
	t.Parallel()
	all, err := packages()
	if err != nil {
		t.Fatal(err)
	}
	g := graph{}
	for _, p := range all {
		n := node{ours: p.ours()}
		for _, to := range p.Imports {
			n.imports = append(n.imports, strings.TrimPrefix(to, module))
		}
		for _, name := range p.GoFiles {
			if n.ours {
				uses, err := clockOf(filepath.Join(p.Dir, name), nil)
				if err != nil {
					t.Fatal(err)
				}
				n.clock = append(n.clock, uses...)
			}
		}
		g[strings.TrimPrefix(p.ImportPath, module)] = n
	}
	if len(g["cmd"].imports) == 0 || len(g["net/http"].imports) == 0 {
		t.Fatalf("the graph is not whole: %d packages", len(g))
	}
	for _, fault := range house.check(g) {
		t.Error(fault)
	}
}

func TestEveryPackageHasOneComment(t *testing.T) {
	t.Parallel()
	all, err := packages()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		comments := 0
		for _, name := range p.GoFiles {
			if !p.ours() {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if f.Doc != nil {
				comments++
			}
		}
		if p.ours() && comments != 1 && len(p.GoFiles) > 0 {
			t.Errorf("%s has %d package comments, want 1", p.ImportPath, comments)
		}
	}
}
