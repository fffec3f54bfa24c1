package cmd_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
)

// TestDeployer: where rights are enforced, an owner's setup gives somebody what
// deploys need, and doctor tells them so; before it, it names each role that lacks.
func TestDeployer(t *testing.T) {
	t.Parallel()
	c := newCloud(t, emulator.Options{Rights: true})
	ada := c.as(t, "user:ada@example.com")
	c.want(t, 0, "", "setup --yes")
	got := ada.want(t, 1, "", "doctor", "✗ your rights", "--role=roles/cloudbuild.builds.editor", "--role=roles/iam.serviceAccountUser")
	if strings.Contains(got, "✗ repository") || strings.Contains(got, "✗ bucket") {
		t.Errorf("what cannot be seen is said to be wrong:\n%s", got)
	}
	ada.want(t, 4, "", "setup --yes", "hint:")
	c.want(t, 0, "", "setup --yes --deployer user:ada@example.com")
	if got := ada.want(t, 0, "", "doctor"); strings.Contains(got, "✗") {
		t.Errorf("with the roles:\n%s", got)
	}
}

// as is the same program run by somebody else.
func (c cloud) as(t *testing.T, member string) cloud {
	t.Helper()
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte(c.Token(member)), 0o600); err != nil {
		t.Fatal(err)
	}
	c.with("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", token)
	return c
}

// with sets a variable.
func (c *cloud) with(variable, value string) {
	lookup := c.deps.Lookup
	c.deps.Lookup = func(name string) (string, bool) {
		if name == variable {
			return value, true
		}
		return lookup(name)
	}
}
