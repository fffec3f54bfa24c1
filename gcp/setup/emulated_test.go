package setup_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/project"
	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/gcp/secretmanager"
	"github.com/gcpdeploy/gcpdeploy/gcp/setup"
	"github.com/gcpdeploy/gcpdeploy/gcp/storage"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// world is a project as Google gives it, and what it is seen through.
type world struct {
	*emulator.Server
	setup.Cloud
	setup.Spec
	list []setup.Resource
}

const id = "my-project"

// fresh is a project in which nothing was done yet.
func fresh(t *testing.T) world {
	t.Helper()
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{
		Dir: t.TempDir(), Projects: frame.Projects{Known: []string{id, "theirs"}, New: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	a := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: s.URL()}, TokenFile: s.TokenFile()})
	t.Cleanup(func() { _ = a.Close() })
	w := world{Server: s}
	return w.in(a, "europe-west1")
}

// in is the same project for deploys to another region.
func (w world) in(a *gcp.Access, region string) world {
	w.Spec = setup.Spec{Project: id, Region: region, Repository: "gcpdeploy", Services: []string{"run.googleapis.com"}, PullRequests: setup.PullRequests(id)}.Complete()
	w.Cloud = setup.Cloud{Access: a, Project: project.New(a, id), Registry: registry.New(a, id, region, "gcpdeploy"), Storage: storage.New(a)}
	w.list = setup.List(w.Cloud, w.Spec)
	return w
}

// states is how all stands: "bucket gs://b missing".
func states(t *testing.T, steps []setup.Step) string {
	t.Helper()
	var b strings.Builder
	for _, s := range steps {
		if s.Err != nil {
			t.Fatalf("%s: %v", s.Name(), s.Err)
		}
		fmt.Fprintf(&b, "%s %s\n", s.Name(), s.Found)
	}
	return b.String()
}

func (w world) apply(t *testing.T) {
	t.Helper()
	if err := setup.Apply(t.Context(), w.Access, setup.Lacking(setup.Observe(t.Context(), w.list)), silent); err != nil {
		t.Fatal(err)
	}
}

func (w world) make(t *testing.T, list []setup.Resource) {
	t.Helper()
	for _, r := range list {
		if err := r.Make(t.Context()); err != nil {
			t.Fatalf("making %s: %v", r.Name(), err)
		}
	}
}

func (w world) undo(t *testing.T) {
	t.Helper()
	undo, err := setup.Undo(t.Context(), w.Cloud, w.Spec, setup.Observe(t.Context(), w.list))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range undo {
		if err := s.Remove(t.Context()); err != nil {
			t.Fatalf("removing %s: %v", s.Name(), err)
		}
	}
}

func (w world) observe(t *testing.T) string {
	t.Helper()
	return states(t, setup.Observe(t.Context(), w.list))
}

// TestSetup: an empty project, setup, again, and undone.
func TestSetup(t *testing.T) {
	t.Parallel()
	w := fresh(t)
	if got := w.observe(t); strings.Contains(got, "present") {
		t.Errorf("an empty project has:\n%s", got)
	}
	if err := w.list[0].Make(t.Context()); err != nil { // APIs, which stay
		t.Fatal(err)
	}
	before := w.seen(t)
	w.apply(t)
	if got := w.observe(t); strings.Contains(got, "missing") || strings.Contains(got, "differs") {
		t.Fatalf("after setup:\n%s", got)
	}
	for _, s := range setup.Observe(t.Context(), w.list) {
		if made := s.Kind() != "apis" && s.Kind() != "roles"; s.Ours != made {
			t.Errorf("%s: ours is %v", s.Name(), s.Ours)
		}
	}
	made := w.seen(t)
	w.make(t, w.list) // making what is there changes nothing
	if diff := cmp.Diff(made, w.seen(t)); diff != "" {
		t.Errorf("made twice, -once +twice:\n%s", diff)
	}
	w.undo(t)
	if diff := cmp.Diff(before, w.seen(t)); diff != "" {
		t.Errorf("undone, -before +after:\n%s", diff)
	}
}

// TestTwoRegions: what both need goes with the last of them.
func TestTwoRegions(t *testing.T) {
	t.Parallel()
	one := fresh(t)
	one.apply(t)
	two := one.in(one.Access, "us-east1")
	two.Spec.Repository = "gcpdeploy-us" // in the emulators' references is no region
	two.Cloud.Registry = registry.New(one.Access, id, "us-east1", two.Spec.Repository)
	two.list = setup.List(two.Cloud, two.Spec)
	if got := two.observe(t); !strings.Contains(got, "builds@my-project.iam.gserviceaccount.com present") || !strings.Contains(got, "us-east1_source missing") {
		t.Errorf("the second region, before:\n%s", got)
	}
	two.apply(t)
	one.undo(t)
	if got := two.observe(t); strings.Contains(got, "missing") || strings.Contains(got, "differs") {
		t.Errorf("the second region, when the first is undone:\n%s", got)
	}
	two.undo(t)
	if got := two.observe(t); strings.Count(got, "present") != 1 {
		t.Errorf("when both are undone, APIs alone should stay:\n%s", got)
	}
}

// TestTheirs: what was there before setup is used, and stays.
func TestTheirs(t *testing.T) {
	t.Parallel()
	w := fresh(t)
	ctx := t.Context()
	if err := w.list[0].Make(ctx); err != nil {
		t.Fatal(err)
	}
	theirs := project.Grant{Role: "roles/run.viewer", Member: "serviceAccount:" + w.Spec.Builds}
	for _, err := range []error{
		w.Cloud.Registry.EnsureRepository(ctx, nil),
		w.Cloud.Storage.CreateBucket(ctx, id, w.Spec.SourceBucket, storage.Bucket{Location: "EU"}),
		w.Cloud.Project.CreateAccount(ctx, w.Spec.Builds, project.Account{Title: "mine"}),
		w.Cloud.Project.Change(ctx, w.Cloud.Project.Itself(), func(p *project.Policy) bool { return p.Add(theirs) }),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	before := w.seen(t)
	w.apply(t)
	w.undo(t)
	after := w.seen(t)
	for path, was := range before {
		if strings.Contains(path, "IamPolicy") || strings.HasSuffix(path, "Version=3") {
			continue // roles of an account of somebody's cannot be told from those that somebody gave it
		}
		if diff := cmp.Diff(was, after[path]); diff != "" {
			t.Errorf("%s, -before +after:\n%s", path, diff)
		}
	}
	p, err := w.Cloud.Project.Policy(ctx, w.Cloud.Project.Itself())
	if err != nil || !p.Has(theirs) {
		t.Errorf("a role that was there before is gone: %v", err)
	}
}

// TestSecrets: the app may read its secrets, builds those with logins, and a secret
// that is not there yet is waited for.
func TestSecrets(t *testing.T) {
	t.Parallel()
	w := fresh(t)
	w.Spec.AppSecrets, w.Spec.LoginSecrets = []string{"api-key", "later"}, []string{"api-key"}
	w.list = setup.List(w.Cloud, w.Spec)
	if err := w.list[0].Make(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := secretmanager.New(w.Access, id, "europe-west1").Keep(t.Context(), "api-key", []byte("x")); err != nil {
		t.Fatal(err)
	}
	w.apply(t)
	if got := w.observe(t); strings.Contains(got, "missing") || !strings.Contains(got, "roles on the secret later present") {
		t.Errorf("after setup:\n%s", got)
	}
	p, err := w.Cloud.Project.Policy(t.Context(), w.Cloud.Project.Secret("api-key"))
	for _, who := range []string{w.Spec.App, w.Spec.Builds} {
		if err != nil || !p.Has(project.Grant{Role: "roles/secretmanager.secretAccessor", Member: "serviceAccount:" + who}) {
			t.Errorf("%s may not read it: %v, %+v", who, err, p)
		}
	}
}

// TestStrangersBucket: a bucket that somebody else made first is never used.
func TestStrangersBucket(t *testing.T) {
	t.Parallel()
	w := fresh(t)
	if err := w.Cloud.Storage.CreateBucket(t.Context(), "theirs", w.Spec.SourceBucket, storage.Bucket{Location: "EU"}); err != nil {
		t.Fatal(err)
	}
	if err := w.list[0].Make(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := setup.Err(setup.Observe(t.Context(), w.list))
	if errs.KindOf(err) != errs.Auth || !strings.Contains(err.Error(), "belongs to another project") || errs.HintOf(err) == "" {
		t.Errorf("%v", err)
	}
}
