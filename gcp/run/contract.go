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
		Title: title,
		Env: map[string]string{
			"PORT": strconv.Itoa(s.Port), "K_SERVICE": s.Service, "K_CONFIGURATION": s.Service, "K_REVISION": s.Service + "-00000-tst",
		},
		Port: s.Port, PortKey: "run.port",
		CPUs:   cpus,
		Memory: release.Memory{Bytes: int64(bytes), Text: memory, Key: "run.memory"},
	}, nil
}

func amount(s string) (float64, error) {
	q, ok := quantity(s)
	if !ok {
		return 0, errs.New(errs.Usage, "Write run.cpu like 1 or 500m, and run.memory like 512Mi or 2Gi.", "%q: not a quantity like 512Mi or 500m", s)
	}
	n, _ := q.Float64()
	return n, nil
}
