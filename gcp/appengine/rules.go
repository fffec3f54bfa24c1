package appengine

import (
	"cmp"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

// rules are those between several keys.
func rules(settings any) *config.Conflict {
	s := settings.(*Settings)
	for _, rule := range []func(*Settings) *config.Conflict{ofResources, ofVolumes, ofScaling, ofNetwork, ofChecks, ofCloudSQL, ofEndpoints} {
		if c := rule(s); c != nil {
			return c
		}
	}
	return nil
}

func conflict(key, hint, format string, args ...any) *config.Conflict {
	return &config.Conflict{Key: key, Fault: *config.Wrong(hint, format, args...)}
}

// gb is an amount of memory as people write it.
func gb(f float64) string { return strconv.FormatFloat(f, 'f', -1, 32) }

func ofResources(s *Settings) *config.Conflict {
	r := s.Resources
	cpus, memory := cmp.Or(r.CPU, defaultCPUs), cmp.Or(r.MemoryGB, defaultMemory)
	if !sized(cpus) {
		return conflict("resources.cpu", "", "must be 1, an even number up to 32, or a multiple of 4 up to 80, not %s", gb(cpus))
	}
	least, most := span(cpus)
	switch {
	case r.MemoryGB == 0 && memory < least:
		return conflict("resources.cpu", "Set app_engine.resources.memory_gb to "+gb(least)+" or more, too.",
			"is %s, which needs at least %s GB of memory, and the default is %s GB", gb(cpus), gb(least), gb(memory))
	case memory < cpus*leastPerCPU-overhead-1e-9:
		return conflict("resources.memory_gb", "Set it to "+gb(least)+" or more.", "is %s, and %s CPU need at least %s GB", gb(memory), gb(cpus), gb(least))
	case memory > most:
		return conflict("resources.memory_gb", "Set it to "+gb(most)+" or less, or app_engine.resources.cpu to more.",
			"is %s, and with %s CPU there are at most %s GB", gb(memory), gb(cpus), gb(most))
	}
	return nil
}

func ofVolumes(s *Settings) *config.Conflict {
	const key = "resources.volumes"
	all := s.Resources.Volumes
	if len(all) > mostVolumes {
		return conflict(key, "", "has %d volumes, and App Engine takes %d", len(all), mostVolumes)
	}
	sum, seen := 0.0, map[string]bool{}
	for _, v := range all {
		if seen[v.Name] {
			return conflict(key, "", "has two volumes named %s", v.Name)
		}
		seen[v.Name], sum = true, sum+v.SizeGB
	}
	if memory := cmp.Or(s.Resources.MemoryGB, defaultMemory); sum >= memory {
		return conflict(key, "Raise app_engine.resources.memory_gb: volumes lie in the app's memory.",
			"take %s GB together, and the app has %s GB of memory", gb(sum), gb(memory))
	}
	return nil
}

func ofScaling(s *Settings) *config.Conflict {
	a, fixed := s.AutomaticScaling, s.ManualScaling.Instances
	lo, hi := cmp.Or(a.Min, defaultMin), cmp.Or(a.Max, defaultMax)
	switch {
	case fixed != 0 && !reflect.ValueOf(a).IsZero():
		return conflict("manual_scaling.instances", "Keep one of them.", "cannot be set together with app_engine.automatic_scaling")
	case lo <= hi:
		return nil
	case a.Max == 0:
		return conflict("automatic_scaling.min_num_instances", "Set app_engine.automatic_scaling.max_num_instances, too.", "is %d, more than the %d that max_num_instances is by default", lo, hi)
	case a.Min == 0:
		return conflict("automatic_scaling.max_num_instances", "Set app_engine.automatic_scaling.min_num_instances, too.", "is %d, less than the %d that min_num_instances is by default", hi, lo)
	}
	return conflict("automatic_scaling.min_num_instances", "", "is %d, more than max_num_instances, %d", lo, hi)
}

func ofNetwork(s *Settings) *config.Conflict {
	if n := s.Network; n.Subnetwork != "" && n.Name == "" {
		return conflict("network.subnetwork_name", "Name the network as app_engine.network.name.", "is a part of a network, and none is named")
	}
	return nil
}

// ofChecks holds that an answer is waited for less long than until the next question.
func ofChecks(s *Settings) *config.Conflict {
	for _, c := range []struct {
		section string
		of      Health
		every   int
	}{{"readiness_check", s.ReadinessCheck.Health, defaultReady}, {"liveness_check", s.LivenessCheck.Health, defaultLive}} {
		timeout, every := cmp.Or(c.of.TimeoutSeconds, defaultTimeout), cmp.Or(c.of.IntervalSeconds, c.every)
		if timeout < every {
			continue
		}
		if c.of.TimeoutSeconds != 0 {
			return conflict(c.section+".timeout_sec", "", "is %d, and must be less than check_interval_sec, %d", timeout, every)
		}
		return conflict(c.section+".check_interval_sec", "", "is %d, and must be more than timeout_sec, %d", every, timeout)
	}
	return nil
}

// sqlForm is one instance of Cloud SQL, with the port that it is reached at, if any.
var sqlForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([a-z0-9.-]+:)?[a-z][a-z0-9-]*:[a-z0-9-]+:[a-z][a-z0-9-]*(=tcp:(0\.0\.0\.0:)?[0-9]{1,5})?$`)
})

func ofCloudSQL(s *Settings) *config.Conflict {
	const entry = "cloud_sql_instances"
	text, ok := s.BetaSettings[entry]
	if !ok {
		return nil
	}
	for one := range strings.SplitSeq(text, ",") {
		if !sqlForm().MatchString(strings.TrimSpace(one)) {
			c := conflict("beta_settings", "Write PROJECT:REGION:INSTANCE, or PROJECT:REGION:INSTANCE=tcp:PORT.", "cloud_sql_instances names no instance of Cloud SQL: %q", strings.TrimSpace(one))
			c.Entry = entry
			return c
		}
	}
	return nil
}

func ofEndpoints(s *Settings) *config.Conflict {
	e := s.Endpoints
	switch {
	case e == (Endpoints{}):
		return nil
	case e.Name == "":
		return conflict(endpointsKey(e), "", "is of a service that app_engine.endpoints_api_service.name does not name")
	case e.Rollout == "managed" && e.ConfigID != "":
		return conflict("endpoints_api_service.config_id", "Remove it, or set rollout_strategy to fixed.", "cannot be set where rollout_strategy is managed")
	case e.Rollout != "managed" && e.ConfigID == "":
		return conflict("endpoints_api_service.name", "Set app_engine.endpoints_api_service.config_id, or rollout_strategy to managed.", "needs a config_id")
	}
	return nil
}

// endpointsKey is one of those that are set.
func endpointsKey(e Endpoints) string {
	switch {
	case e.Rollout != "":
		return "endpoints_api_service.rollout_strategy"
	case e.ConfigID != "":
		return "endpoints_api_service.config_id"
	}
	return "endpoints_api_service.trace_sampling"
}
