package appengine

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sync"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// notes is what there is to say of a release: what it costs from then on, and what is
// known to go wrong later.
func notes(s release.Spec) (all []string) {
	o, err := optionsOf(s)
	if err != nil {
		return nil // told where it is released
	}
	all = append(all, running(o))
	if least, _ := span(cmp.Or(o.Resources.CPU, defaultCPUs)); o.Resources.MemoryGB != 0 && o.Resources.MemoryGB < least {
		all = append(all, fmt.Sprintf("app_engine.resources.memory_gb is %s, less than the %s GB that App Engine gives with %s CPU: the app is tested with %[1]s",
			gb(o.Resources.MemoryGB), gb(least), gb(cmp.Or(o.Resources.CPU, defaultCPUs))))
	}
	if o.ReadinessCheck.Path == "" {
		all = append(all, "no readiness path is asked for, as the app speaks no HTTP there: App Engine takes an instance for ready once its container runs")
	}
	if !o.Stop() {
		all = append(all, "the version that is replaced goes on running, and costs (app_engine.stop_previous_version is false)")
	}
	for _, name := range slices.Sorted(maps.Keys(s.Env)) {
		if s.Env[name] != "" && looksSecret().MatchString(name) {
			all = append(all, "app_engine.env_variables: "+name+" looks like a secret: whoever may see the version can read it; App Engine has no secrets, so read it from Secret Manager when the app starts")
		}
	}
	return all
}

// looksSecret are names of variables whose values are secrets, as a rule. What names
// one where it is kept is none.
var looksSecret = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(^|_)(passw(or)?d|passphrase|token|secret|credentials?|(api|private|secret|access|encryption|signing)_?key|key)$`)
})

// running says how many machines a release keeps running, and by which setting.
func running(o Options) string {
	size := fmt.Sprintf("%s CPU, %s GB each", gb(cmp.Or(o.Resources.CPU, defaultCPUs)), gb(cmp.Or(o.Resources.MemoryGB, defaultMemory)))
	if n := o.ManualScaling.Instances; n != 0 {
		return fmt.Sprintf("keeps %s running (app_engine.manual_scaling.instances): %s", machines(n), size)
	}
	n, by := o.AutomaticScaling.Min, ""
	if n == 0 {
		n, by = defaultMin, ", which is the default"
	}
	return fmt.Sprintf("keeps %s running (app_engine.automatic_scaling.min_num_instances%s), at most %d: %s", machines(n), by, cmp.Or(o.AutomaticScaling.Max, defaultMax), size)
}

func machines(n int) string {
	if n == 1 {
		return "1 VM"
	}
	return fmt.Sprint(n, " VMs")
}
