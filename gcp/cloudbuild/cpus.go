package cloudbuild

import (
	"context"
	"strconv"
	"strings"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
)

// QuotaCPUs is the metric of what CPUs takes: those of all builds that run at once in a
// region on Cloud Build's own machines, pools apart.
const QuotaCPUs = "cloudbuild.googleapis.com/concurrent_public_pool_build_cpus"

// MachineCPUs is how many CPUs a machine type has ("E2_HIGHCPU_8"); "" is Cloud Build's
// own choice, which is an e2-standard-2 (cloud.google.com/build/pricing, read 2026-11).
// false: it is not known.
func MachineCPUs(machine string) (int, bool) {
	switch machine {
	case "", "UNSPECIFIED":
		return 2, true
	case "E2_MEDIUM":
		return 1, true
	}
	n, err := strconv.Atoi(machine[strings.LastIndexByte(machine, '_')+1:])
	return n, err == nil
}

// CPUs is how many CPUs the builds have that run now, pools apart.
func (b Builds) CPUs(ctx context.Context) (sum int, err error) {
	const most = 1000
	running, err := b.Client.List(ctx, b.Project, b.Region, `status="`+cloudbuildpb.Build_WORKING.String()+`"`, most)
	for _, r := range running {
		if o := r.GetOptions(); o.GetPool().GetName() == "" && o.GetWorkerPool() == "" { //nolint:staticcheck // the old name of a pool
			n, _ := MachineCPUs(o.GetMachineType().String())
			sum += n
		}
	}
	return sum, err
}
