package setup

import (
	"context"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp/project"
)

// account is a service account.
type account struct {
	cloud          Cloud
	project, email string
	name           string // of the one that setup makes
	title          string
	label          string // in Terraform's module
}

var _ Resource = account{}

// Kind implements Resource.
func (a account) Kind() string { return "service_account" }

// Name implements Resource.
func (a account) Name() string { return "service account " + a.email }

// own says whether it is the one that setup makes, rather than one that the
// configuration names.
func (a account) own() bool { return a.email == project.Email(a.name, a.project) }

// Observe implements Resource.
func (a account) Observe(ctx context.Context) (State, error) {
	if !strings.HasSuffix(a.email, "@"+strings.SplitN(project.Email(a.name, a.project), "@", 2)[1]) {
		return State{Found: Present, Detail: "not of this project"}, nil // nor for us to make
	}
	found, ok, err := a.cloud.Project.Account(ctx, a.email)
	switch {
	case err != nil || !ok:
		return State{Found: Missing, Detail: a.title}, err
	case found.Disabled:
		return State{Found: Differs, Detail: "is disabled", Ours: found.Description == Description}, nil
	}
	return State{Found: Present, Detail: found.Title, Ours: found.Description == Description}, nil
}

// Make implements Resource.
func (a account) Make(ctx context.Context) error {
	if s, err := a.Observe(ctx); err == nil && s.Found == Differs {
		return a.cloud.Project.EnableAccount(ctx, a.email)
	}
	return a.cloud.Project.CreateAccount(ctx, a.email, project.Account{Title: a.title, Description: Description})
}

// Remove implements Resource.
func (a account) Remove(ctx context.Context) error {
	return a.cloud.Project.DeleteAccount(ctx, a.email)
}

// Commands implements Resource.
func (a account) Commands(now State) []string {
	if now.Found == Differs {
		return []string{Line("gcloud", "iam", "service-accounts", "enable", a.email, "--project="+a.project)}
	}
	name, _, _ := strings.Cut(a.email, "@")
	return []string{Line("gcloud", "iam", "service-accounts", "create", name, "--project="+a.project,
		"--display-name="+a.title, "--description="+Description)}
}

// Terraform implements Resource.
func (a account) Terraform() string {
	if !a.own() {
		return ""
	}
	return Block(`resource "google_service_account" "`+a.label+`"`,
		"project = "+HCL(a.project), "account_id = "+HCL(a.name),
		"display_name = "+HCL(a.title), "description = "+HCL(Description),
		"depends_on = [google_project_service.gcpdeploy]",
	)
}
