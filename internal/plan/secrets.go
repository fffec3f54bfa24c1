package plan

import (
	"cmp"
	"strings"
)

// NetrcEnv is the variable in which steps get the logins of package indexes, as
// a netrc text. Docker hands it to the build as a secret; no argument has it.
const NetrcEnv = "GCPDEPLOY_NETRC"

// netrcSecret is how Docker is told to take a build's secret from the variable.
const netrcSecret = "id=netrc,env=" + NetrcEnv

// netrcFile is where a step of ours leaves the same for the step after it, with the
// build's own logins: in the home that steps share, where Docker's own logins are.
// No build's context has it.
const netrcFile = "/builder/home/gcpdeploy.netrc"

// netrc are the flags of a docker build that asks package indexes.
func (b *build) netrc() []string {
	switch {
	case len(b.app.OwnLogins) > 0:
		return []string{"--secret", "id=netrc,src=" + netrcFile}
	case netrcOf(b.app, b.place) != nil:
		return []string{"--secret", netrcSecret}
	}
	return nil
}

// logins adds the step that logs in to the indexes that take the build's own
// account, if the step id asks some, and gives what id then waits for. It comes
// right before id, as such a login lasts for an hour at most.
func (b *build) logins(id StepID, waitFor []StepID) []StepID {
	if !id.About().AsksIndex || len(b.app.OwnLogins) == 0 {
		return waitFor
	}
	step := StepLogins
	if id == StepTestEnv {
		step = StepTestLogins
	}
	if len(waitFor) == 0 {
		waitFor = []StepID{AtOnce}
	}
	args := []string{"--to", netrcFile}
	for _, host := range b.app.OwnLogins {
		args = append(args, "--host", host)
	}
	b.ourStep(step, waitFor, args...)
	if netrcOf(b.app, b.place) != nil {
		b.steps[len(b.steps)-1].SecretEnv = []string{NetrcEnv}
	}
	return []StepID{step}
}

// Secret is a version of a secret that a build's steps get as a variable. Only
// its name is ever in a plan.
type Secret struct {
	Env     string `json:"env"`
	Version string `json:"version"` // projects/P/secrets/S/versions/V
	// Ours says that whoever applies the plan puts the value there.
	Ours bool `json:"ours,omitempty"`
}

// NetrcSecret is the name of the secret that we keep for a service: the logins
// that its last build of wheels was given.
func NetrcSecret(service string) string { return "gcpdeploy-" + service + "-netrc" }

// netrcOf is the secret with the logins of package indexes: the one that the
// configuration names, or ours where this machine knows logins; nil for none.
func netrcOf(app App, place Place) *Secret {
	c := app.Config
	name := c.Wheels.NetrcSecret
	switch {
	case name == "" && !app.Logins:
		return nil
	case name == "":
		return &Secret{NetrcEnv, "projects/" + place.Project + "/secrets/" + NetrcSecret(c.Service) + "/versions/latest", true}
	}
	name, version, _ := strings.Cut(name, ":")
	if !strings.Contains(name, "/") {
		name = "projects/" + place.Project + "/secrets/" + name
	}
	return &Secret{NetrcEnv, name + "/versions/" + cmp.Or(version, "latest"), false}
}

// secrets are those that steps use: Cloud Build refuses others.
func secrets(app App, place Place, steps []Step) []Secret {
	for _, s := range steps {
		if len(s.SecretEnv) > 0 {
			return []Secret{*netrcOf(app, place)}
		}
	}
	return nil
}
