package setup_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/gcpdeploy/gcpdeploy/gcp/setup"
)

// module is Terraform's for a project whose name and members are as odd as can be.
func module() (string, []setup.Resource) {
	s := setup.Spec{
		Project: "example.com:my-project", Region: "europe-west1", Repository: "gcpdeploy", Services: []string{"run.googleapis.com"},
		AppSecrets: []string{"api-key"}, LoginSecrets: []string{"netrc"}, PullRequests: setup.PullRequests("example.com:my-project"),
		Topics: []string{"news.of~a+day"}, WebhookSecrets: []string{"netrc", "chat"},
		Indexes:   []setup.Index{{Project: "example.com:my-project", Location: "eu", Repository: "pypi"}, {Project: "other", Location: "eu", Repository: "pypi"}},
		Deployers: []string{"user:ada@example.com", `principal://iam.googleapis.com/x/"${y}%{z}`},
	}.Complete()
	list := setup.List(setup.Cloud{}, s)
	return setup.Module(list), list
}

// TestTerraform: the module is HCL in which each name that is used is one that is
// there, and Terraform, where it is installed, would not write it otherwise.
func TestTerraform(t *testing.T) {
	t.Parallel()
	text, _ := module()
	f, diags := hclsyntax.ParseConfig([]byte(text), "main.tf", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("%v\n%s", diags, text)
	}
	made, used := map[string]bool{}, map[string]bool{}
	for _, b := range f.Body.(*hclsyntax.Body).Blocks {
		if b.Type == "resource" {
			name := strings.Join(b.Labels, ".")
			if made[name] {
				t.Errorf("%s is there twice", name)
			}
			made[name] = true
		}
		_ = hclsyntax.VisitAll(b, func(n hclsyntax.Node) hcl.Diagnostics {
			if e, ok := n.(*hclsyntax.ScopeTraversalExpr); ok && len(e.Traversal) > 1 && e.Traversal.RootName() != "each" {
				used[e.Traversal.RootName()+"."+e.Traversal[1].(hcl.TraverseAttr).Name] = true
			}
			return nil
		})
	}
	for name := range used {
		if !made[name] {
			t.Errorf("%s is used, and is nowhere", name)
		}
	}
	if len(made) < 20 || !used["google_artifact_registry_repository.gcpdeploy"] {
		t.Errorf("made %d, used %v", len(made), used)
	}
	terraform, err := exec.LookPath("terraform")
	if err != nil {
		return
	}
	cmd := exec.CommandContext(t.Context(), terraform, "fmt", "-check", "-diff", "-")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.Output(); err != nil {
		t.Errorf("terraform fmt: %v\n%s", err, out)
	}
}

// TestTerraformAndCommandsAreOfTheSame: each role that gcloud's commands grant is in
// the module, and the other way round.
func TestTerraformAndCommandsAreOfTheSame(t *testing.T) {
	t.Parallel()
	text, list := module()
	granted := 0
	for _, r := range list {
		granted += strings.Count(strings.Join(r.Commands(setup.State{Found: setup.Missing}), "\n"), "add-iam-policy-binding")
	}
	if in := strings.Count(text, "_iam_member\""); in != granted || granted == 0 {
		t.Errorf("gcloud grants %d roles, Terraform %d", granted, in)
	}
}

// TestCommandsAreQuoted: a shell reads back what was meant.
func TestCommandsAreQuoted(t *testing.T) {
	t.Parallel()
	_, list := module()
	var script strings.Builder
	for _, r := range list {
		for _, line := range r.Commands(setup.State{Found: setup.Missing}) {
			script.WriteString(line + "\n")
		}
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	cmd := exec.CommandContext(t.Context(), bash, "-c", "set -eu\ngcloud() { cat >/dev/null; printf '<%s>' \"$@\" >&2; }\n"+script.String())
	var told strings.Builder
	cmd.Stderr = &told
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, told.String())
	}
	for _, word := range []string{`<--member=principal://iam.googleapis.com/x/"${y}%{z}>`, "<--display-name=gcpdeploy: the running app>", "<--project=example.com:my-project>"} {
		if !strings.Contains(told.String(), word) {
			t.Errorf("no %s in %s", word, told.String())
		}
	}
}
