package setup

import (
	"context"
	"strings"
)

// apis are the APIs that are called.
type apis struct {
	cloud    Cloud
	project  string
	services []string
}

var _ Resource = apis{}

// Kind implements Resource.
func (a apis) Kind() string { return "apis" }

// Name implements Resource.
func (a apis) Name() string { return "APIs" }

// Observe implements Resource.
func (a apis) Observe(ctx context.Context) (State, error) {
	lack, err := a.disabled(ctx)
	switch {
	case err != nil:
		return State{}, err
	case len(lack) == 0:
		return State{Found: Present, Detail: short(a.services)}, nil
	case len(lack) == len(a.services):
		return State{Found: Missing, Detail: short(lack)}, nil
	}
	return State{Found: Differs, Detail: short(lack)}, nil
}

// disabled are those that are not enabled.
func (a apis) disabled(ctx context.Context) (lack []string, err error) {
	on, err := a.cloud.Project.Enabled(ctx, a.services)
	for _, s := range a.services {
		if err == nil && !on[s] {
			lack = append(lack, s)
		}
	}
	return lack, err
}

// Make implements Resource.
func (a apis) Make(ctx context.Context) error {
	lack, err := a.disabled(ctx)
	if err != nil || len(lack) == 0 {
		return err
	}
	return a.cloud.Project.Enable(ctx, lack)
}

// Remove implements Resource. APIs are never Ours: whether others have begun to use
// one cannot be seen.
func (a apis) Remove(context.Context) error { return nil }

// Commands implements Resource. To enable what is enabled does nothing.
func (a apis) Commands(State) []string {
	return []string{Line(append([]string{"gcloud", "services", "enable", "--project=" + a.project}, a.services...)...)}
}

// Terraform implements Resource.
func (a apis) Terraform() string {
	return Block(`resource "google_project_service" "gcpdeploy"`,
		"for_each = toset("+hclList(a.services)+")",
		"project = "+HCL(a.project),
		"service = each.value",
		"disable_on_destroy = false", // others may use them
	)
}

func short(services []string) string {
	return strings.ReplaceAll(strings.Join(services, ", "), ".googleapis.com", "")
}
