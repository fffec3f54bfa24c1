package run

import (
	"fmt"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// demand is the CPU of all instances that a release allows, in thousandths. Where it
// does not say how many those are, others may have, and there is nothing to say.
func demand(s release.Spec) (release.Demand, bool) {
	o, err := optionsOf(s)
	if err != nil || o.MaxInstances == nil {
		return release.Demand{}, false
	}
	each, by := o.CPU, ""
	if each == "" {
		each, by = "1", ", which is what Cloud Run gives,"
	}
	milli, ok := milliCPU(each)
	if !ok {
		return release.Demand{}, false
	}
	unit := "CPU"
	if milli > 1000 {
		unit = "CPUs"
	}
	return release.Demand{
		API: gcp.Run.Service(), Metric: gcp.Run.Service() + "/cpu_allocation", Amount: int64(*o.MaxInstances) * int64(milli),
		Text: fmt.Sprintf("run.max_instances is %d, and so many with %s %s each%s are", *o.MaxInstances, each, unit, by),
		Show: func(n int64) string { return fmt.Sprintf("%g CPUs", float64(n)/1000) },
		Fits: func(limit int64) string {
			return fmt.Sprintf("no more than %d can run", limit/int64(milli))
		},
	}, true
}
