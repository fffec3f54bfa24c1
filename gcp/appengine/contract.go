package appengine

import (
	"cmp"
	"strconv"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// contract is what a container finds in the flexible environment
// (cloud.google.com/appengine/docs/flexible/python/runtime, and .../reference/app-yaml:
// what the platform takes of an instance's memory comes on top of memory_gb).
func contract(s release.Spec) (release.Contract, error) {
	o, err := optionsOf(s)
	if err != nil {
		return release.Contract{}, err
	}
	memory := cmp.Or(o.Resources.MemoryGB, defaultMemory)
	return release.Contract{
		Title: title,
		Env: map[string]string{
			"PORT": strconv.Itoa(port), "GAE_SERVICE": s.Service, "GAE_VERSION": "00000000t000000-test", "GAE_INSTANCE": "aef-test-0000",
			"GAE_APPLICATION": s.Project, "GAE_MEMORY_MB": strconv.Itoa(int(memory * 1024)), "GCLOUD_PROJECT": s.Project, "GOOGLE_CLOUD_PROJECT": s.Project,
		},
		Port:   port,
		CPUs:   o.Resources.CPU,
		Memory: release.Memory{Bytes: int64(memory * (1 << 30)), Text: gb(memory) + " GB", Key: "app_engine.resources.memory_gb"},
		Ready:  release.Ready{Path: o.ReadinessCheck.Path, Key: "app_engine.readiness_check.path"},
	}, nil
}
