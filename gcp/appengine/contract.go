package appengine

import (
	"strconv"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// contract is what a container finds in the flexible environment
// (cloud.google.com/appengine/docs/flexible/python/runtime).
func contract(s release.Spec) (release.Contract, error) {
	return release.Contract{
		Title: title,
		Env: map[string]string{
			"PORT": strconv.Itoa(port), "GAE_SERVICE": s.Service, "GAE_VERSION": "00000000t000000-test", "GAE_INSTANCE": "test", "GOOGLE_CLOUD_PROJECT": s.Project,
		},
		Port: port,
	}, nil
}
