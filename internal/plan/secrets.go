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
