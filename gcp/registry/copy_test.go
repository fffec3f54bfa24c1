package registry_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	cloud "github.com/gcpdeploy/gcpdeploy/gcp/project"
	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// TestCopyFrom: an image keeps its digest in a repository of another project. Who may read
// where it comes from sends no layer, and who may not sends what another client reads.
func TestCopyFrom(t *testing.T) {
	t.Parallel()
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{
		Dir: t.TempDir(), Rights: true, Projects: frame.Projects{Known: []string{"staging", "prod"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	access := func(file string) *gcp.Access {
		a := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: s.URL()}, TokenFile: file})
		t.Cleanup(func() { _ = a.Close() })
		return a
	}
	owner := access(s.TokenFile())
	from, to := registry.New(owner, "staging", "us-central1", "images"), registry.New(owner, "prod", "europe-west1", "gcpdeploy")
	for _, c := range []*registry.Client{from, to} {
		if err := c.EnsureRepository(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	digest, err := from.Push(t.Context(), "hello-staging", "run-1", image(t, map[string]string{"who": "one"}, map[string]string{"a.txt": "one"}))
	if err != nil {
		t.Fatal(err)
	}
	sent := func() (n int) {
		for _, c := range s.Calls() {
			if c.Method == http.MethodPatch && strings.HasPrefix(c.Path, "/v2/prod/") {
				n++
			}
		}
		return n
	}
	for range 2 { // the second finds it there
		if err := to.CopyFrom(t.Context(), from, "hello-staging", digest, "hello"); err != nil {
			t.Fatal(err)
		}
	}
	if tags, ok, err := to.Tagged(t.Context(), "hello", digest); !ok || err != nil || len(tags) != 0 {
		t.Errorf("%v, %v, %v", tags, ok, err)
	}
	if labels, err := to.Labels(t.Context(), "hello", digest); err != nil || labels["who"] != "one" {
		t.Errorf("%v, %v", labels, err)
	}
	if n := sent(); n != 0 {
		t.Errorf("%d layers were sent to the registry that they are in", n)
	}

	// Somebody who may write to prod, and may not read staging.
	const member = "serviceAccount:writer@prod.iam.gserviceaccount.com"
	project := cloud.New(owner, "prod")
	if err := project.CreateAccount(t.Context(), "writer", cloud.Account{}); err != nil {
		t.Fatal(err)
	}
	if err := project.Change(t.Context(), project.Repository("europe-west1", "gcpdeploy"), func(p *cloud.Policy) bool {
		return p.Add(cloud.Grant{Role: "roles/artifactregistry.writer", Member: member})
	}); err != nil {
		t.Fatal(err)
	}
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte(s.Token(member)), 0o600); err != nil {
		t.Fatal(err)
	}
	writer := access(token)
	err = registry.New(writer, "prod", "europe-west1", "gcpdeploy").CopyFrom(t.Context(), from, "hello-staging", digest, "other")
	if labels, lerr := to.Labels(t.Context(), "other", digest); err != nil || lerr != nil || labels["who"] != "one" || sent() == 0 {
		t.Errorf("%v; %v, %v, %d layers sent", err, labels, lerr, sent())
	}
	err = to.CopyFrom(t.Context(), registry.New(writer, "staging", "us-central1", "images"), "hello-staging", digest, "third")
	if errs.KindOf(err) != errs.Auth || !strings.Contains(errs.HintOf(err), "roles/artifactregistry.reader") {
		t.Errorf("who may not read gets %v, %s", err, errs.HintOf(err))
	}
	if err := registry.New(owner, "prod", "europe-west1", "none").CopyFrom(t.Context(), from, "hello-staging", digest, "hello"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("a repository that is not there: %v", err)
	}
}
