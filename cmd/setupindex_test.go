package cmd_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/project"
)

// TestPackageIndexes: builds may read the repositories of Artifact Registry that
// requirements and settings name, those of the project by setup, others' by a line.
func TestPackageIndexes(t *testing.T) {
	t.Parallel()
	c := newCloud(t, emulator.Options{})
	if err := os.WriteFile(filepath.Join(c.dir, "requirements.txt"), []byte("--extra-index-url https://europe-west1-python.pkg.dev/my-project/pypi/simple/\n"+
		"--extra-index-url https://us-python.pkg.dev/another/shared/simple/\n--extra-index-url https://example.com/simple/\nflask==3.1.0\ngunicorn==23.0.0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const add = "gcloud artifacts repositories add-iam-policy-binding pypi --project=my-project --location=europe-west1 --member=serviceAccount:gcpdeploy-builds@my-project.iam.gserviceaccount.com --role=roles/artifactregistry.reader"
	c.want(t, 0, "", "setup --yes", "is ready")
	c.want(t, 1, "", "doctor", "✗ package index", "the package index europe-west1/pypi is not there", "→ gcloud artifacts repositories create pypi --project=my-project --location=europe-west1 --repository-format=python",
		"⚠ package index", "gcloud artifacts repositories add-iam-policy-binding shared --project=another --location=us --role=roles/artifactregistry.reader")
	a := gcp.New(gcp.FromEnvironment(c.deps.Lookup))
	t.Cleanup(func() { _ = a.Close() })
	if err := gcp.NewJSON(a, gcp.ArtifactRegistry).Call(t.Context(), "making a repository", http.MethodPost,
		"v1/projects/my-project/locations/europe-west1/repositories?repositoryId=pypi", map[string]string{"format": "PYTHON"}, nil); err != nil {
		t.Fatal(err)
	}
	c.want(t, 0, "", "setup --dry-run", "+ roles on the package index europe-west1/pypi: artifactregistry.reader to gcpdeploy-builds")
	c.want(t, 0, "", "setup --print-commands", add)
	c.want(t, 0, "", "setup --yes", "is ready")
	p, err := project.New(a, "my-project").Policy(t.Context(), project.Resource{API: gcp.ArtifactRegistry, Path: "v1/projects/my-project/locations/europe-west1/repositories/pypi"})
	if err != nil || !p.Has(project.Grant{Role: "roles/artifactregistry.reader", Member: "serviceAccount:gcpdeploy-builds@my-project.iam.gserviceaccount.com"}) {
		t.Errorf("%v: %+v", err, p)
	}
	if got := c.want(t, 0, "", "doctor", "✓ package index", "packages come from the package index europe-west1/pypi"); strings.Contains(got, "pypi is not there") {
		t.Error(got)
	}
	c.want(t, 0, "", "setup --undo --yes")
	if p, err = project.New(a, "my-project").Policy(t.Context(), project.Resource{API: gcp.ArtifactRegistry, Path: "v1/projects/my-project/locations/europe-west1/repositories/pypi"}); err != nil || len(p.Bindings) > 0 {
		t.Errorf("undone: %v: %+v", err, p)
	}
}
