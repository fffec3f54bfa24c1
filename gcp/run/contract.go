package run

import (
	"cmp"
	"strconv"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// defaultMemory is what an instance has unless it is told otherwise.
const defaultMemory = "512Mi"

// contract is what a container finds on Cloud Run
// (cloud.google.com/run/docs/container-contract).
func contract(s release.Spec) (release.Contract, error) {
	o, err := optionsOf(s)
	if err != nil {
		return release.Contract{}, err
	}
	memory := cmp.Or(o.Memory, defaultMemory)
	bytes, err := amount(memory)
	if err != nil {
		return release.Contract{}, err
	}
	cpus, err := amount(cmp.Or(o.CPU, "0"))
	if err != nil {
		return release.Contract{}, err
	}
	return release.Contract{
		Title: title, Lacks: lacks(o),
		Env: map[string]string{
			"PORT": strconv.Itoa(s.Port), "K_SERVICE": s.Service, "K_CONFIGURATION": s.Service, "K_REVISION": s.Service + "-00000-tst",
		},
		Port: s.Port, PortKey: "run.port",
		CPUs:   cpus,
		Memory: release.Memory{Bytes: int64(bytes), Text: memory, Key: "run.memory"},
	}, nil
}

// lacks are the settings of what is there beside the image: of secrets nothing is said, as
// no build checks the start of an app that has some.
func lacks(o Options) (keys []string) {
	for _, f := range []struct {
		key string
		set bool
	}{
		{"run.volumes", len(o.Volumes) > 0}, {"run.cloudsql_instances", len(o.CloudSQLInstances) > 0}, {"run.sidecars", len(o.Sidecars) > 0},
		{"run.vpc", o.VPC.Connector+o.VPC.Network+o.VPC.Subnet != ""}, {"run.gpu", o.GPU != ""},
	} {
		if f.set {
			keys = append(keys, f.key)
		}
	}
	return keys
}

func amount(s string) (float64, error) {
	q, ok := quantity(s)
	if !ok {
		return 0, errs.New(errs.Usage, "Write run.cpu like 1 or 500m, and run.memory like 512Mi or 2Gi.", "%q: not a quantity like 512Mi or 500m", s)
	}
	n, _ := q.Float64()
	return n, nil
}
