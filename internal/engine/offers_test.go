package engine

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/python/wheel"
)

// packages is an index that knows one project, and never answers for another.
type packages struct{ recorder }

var _ Index = (*packages)(nil)

func (p *packages) Files(ctx context.Context, indexes, projects []string) map[string][]wheel.File {
	p.add("%s: %s", strings.Join(indexes, " "), strings.Join(projects, " "))
	if len(projects) > 1 {
		<-ctx.Done()
		p.add("%v", context.Cause(ctx))
	}
	return map[string][]wheel.File{"six": {{Name: "six-1.0.tar.gz"}}}
}

func pinned(t *testing.T, text string) plan.App {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "r.txt"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	app := anApp(t)
	var err error
	if app.Closure, err = closure.Load(dir, []string{"r.txt"}, func(string) (string, bool) { return "", false }); err != nil {
		t.Fatal(err)
	}
	app.Config.Python, app.Platform = "3.12", "linux/amd64"
	return app
}

// TestObserveAsksTheIndex: when the wheels are to be built, and only then.
func TestObserveAsksTheIndex(t *testing.T) {
	t.Parallel()
	app := pinned(t, "six==1.0\n")
	keys := plan.KeysOf(app, "")
	for _, tt := range []struct {
		name, text, tag string
		want            []string
	}{
		{"a miss", "six==1.0\n", "", []string{"https://pypi.org/simple: six"}},
		{"the runtime is there", "six==1.0\n", "runtime:" + keys.Runtime.Hash, nil},
		{"the wheels are there", "six==1.0\n", "wheels:" + keys.Wheels.Hash, nil},
		{"nothing is pinned", "six\n", "", nil},
		{"no index", "--no-index\nsix==1.0\n", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g, index := &google{tags: map[string]string{tt.tag: "sha256:x"}}, &packages{}
			e := g.engine()
			e.Index = index
			f, err := e.Observe(t.Context(), pinned(t, tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, index.all()); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
			if (len(f.Files) > 0) != (tt.want != nil) {
				t.Errorf("files: %v", f.Files)
			}
		})
	}
}

// TestObserveWaitsTwoSeconds for the index, and goes on with what is known.
func TestObserveWaitsTwoSeconds(t *testing.T) {
	t.Parallel()
	app := pinned(t, "six==1.0\nslow==1.0\n")
	synctest.Test(t, func(t *testing.T) {
		index := &packages{}
		e := (&google{}).engine()
		e.Index = index
		began := time.Now()
		f, err := e.Observe(t.Context(), app)
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("took %v", took)
		}
		want := []string{"https://pypi.org/simple: six slow", "the package index did not answer in time"}
		if diff := cmp.Diff(want, index.all()); diff != "" {
			t.Errorf("index (-want +got):\n%s", diff)
		}
		if len(f.Files["six"]) != 1 || f.Base == "" {
			t.Errorf("facts: %+v", f)
		}
	})
}
