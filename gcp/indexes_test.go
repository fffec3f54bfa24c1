package gcp_test

import (
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp"
)

// TestPythonIndex: a token goes to hosts of Artifact Registry, and to none that
// only looks like one.
func TestPythonIndex(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"europe-west1-python.pkg.dev": true, "us-python.pkg.dev": true, "northamerica-northeast2-python.pkg.dev": true,
		"-python.pkg.dev": false, "python.pkg.dev": false, "europe-west1-docker.pkg.dev": false, "europe-west1-python.pkg.dev.evil.example": false,
		"evil.example/-python.pkg.dev": false, "a.b-python.pkg.dev": false, "xpython.pkg.dev": false, "eu-pythonxpkg.dev": false,
		"eu-python.pkg.dev.": false, "eu-python.pkg.dev\n": false, "EU-python.pkg.dev": false, "eu-python.pkg.dev:443": false, "": false,
	} {
		if got := gcp.PythonIndex(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}
