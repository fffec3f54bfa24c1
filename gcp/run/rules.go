package run

import (
	"cmp"
	"maps"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

// maxVariables is how many variables a container may have.
const maxVariables = 1000

// rules are those between several keys.
func rules(settings any) *config.Conflict {
	s := settings.(*Settings)
	for _, rule := range []func(*Settings) *config.Conflict{
		ruleVariables, ruleInstances, ruleSizes, ruleGPU, ruleCallers, ruleNetwork, ruleKey, ruleProbes, ruleVolumes, ruleSidecars,
	} {
		if c := rule(s); c != nil {
			return c
		}
	}
	return nil
}

// conflict is what is wrong at a key, or at an entry of its mapping.
func conflict(key, entry, hint, format string, args ...any) *config.Conflict {
	return &config.Conflict{Key: key, Entry: entry, Fault: *config.Wrong(hint, format, args...)}
}

// at is a fault at an entry of a key; nil where there is none.
func at(key, entry string, f *config.Fault) *config.Conflict {
	if f == nil {
		return nil
	}
	return &config.Conflict{Key: key, Entry: entry, Fault: *f}
}

func ruleVariables(s *Settings) *config.Conflict {
	for _, name := range slices.Sorted(maps.Keys(s.Secrets)) {
		if _, both := s.Env[name]; both {
			return conflict("secrets", name, "Keep one of them.", "%s is in run.env too", name)
		}
	}
	if n := len(s.Env); n > maxVariables {
		return conflict("env", "", "", "has %d variables, and Cloud Run takes %d", n, maxVariables)
	}
	if n := len(s.Secrets); n > maxVariables {
		return conflict("secrets", "", "", "has %d variables, and Cloud Run takes %d", n, maxVariables)
	}
	if n := len(s.Labels); n > mostLabels {
		return conflict("labels", "", "", "has %d labels, and a service takes %d", n, mostLabels)
	}
	return nil
}

func ruleInstances(s *Settings) *config.Conflict {
	if lo, hi := s.MinInstances, s.MaxInstances; lo != nil && hi != nil && *lo > *hi {
		return conflict("min_instances", "", "", "is %d, more than run.max_instances, %d", *lo, *hi)
	}
	if text := tooFew(s.MinInstances, s.MaxInstances); text != "" {
		return conflict("min_instances", "", "Set run.max_instances, too.", "%s", text)
	}
	if lo, hi := s.ServiceMinInstances, s.ServiceMaxInstances; lo != nil && hi != nil && *lo > *hi {
		return conflict("service_min_instances", "", "", "is %d, more than run.service_max_instances, %d", *lo, *hi)
	}
	if s.Scaling == "" || s.Scaling == auto {
		return nil
	}
	for _, f := range []struct {
		key string
		set bool
	}{{"service_min_instances", s.ServiceMinInstances != nil}, {"service_max_instances", s.ServiceMaxInstances != nil}} {
		if f.set {
			return conflict(f.key, "", "Keep one of them.", "is a bound of what scales by itself, and run.scaling is %s", s.Scaling)
		}
	}
	return nil
}

func ruleSizes(s *Settings) *config.Conflict {
	if key, hint, text, wrong := misfit(s.CPU, s.Memory); wrong {
		return conflict(key, "", hint, "%s", text)
	}
	memory, hasMemory := quantity(s.Memory)
	if s.ExecutionEnvironment == gen2 && hasMemory && memory.Cmp(amountOf(leastSecond)) < 0 {
		return conflict("execution_environment", "", "Set run.memory to "+leastSecond+" or more.", "is gen2, which needs "+leastSecond+" of memory, and run.memory is %s", s.Memory)
	}
	if cpus, ok := quantity(cmp.Or(s.CPU, "1")); !ok || cpus.Cmp(one) >= 0 {
		return nil
	}
	switch {
	case s.Concurrency > 1:
		return conflict("concurrency", "", "Set it to 1, or run.cpu to 1 or more.", "must be 1 when run.cpu is less than 1")
	case s.ExecutionEnvironment == gen2:
		return conflict("execution_environment", "", "Set it to gen1, or run.cpu to 1 or more.", "must be gen1 when run.cpu is less than 1")
	case isFalse(s.CPUThrottling):
		return conflict("cpu_throttling", "", "Set it to true, or run.cpu to 1 or more.", "must be true when run.cpu is less than 1")
	}
	return nil
}

// leastSecond is the memory that the second generation execution environment needs
// (cloud.google.com/run/docs/configuring/services/memory-limits, read 2026-11).
const leastSecond = "512Mi"

// What a GPU needs beside it (cloud.google.com/run/docs/configuring/services/gpu, read
// 2026-11), of the smallest kind.
const leastGPUCPU, leastGPUMemory = "4", "16Gi"

func ruleGPU(s *Settings) *config.Conflict {
	if s.GPU == "" {
		if s.GPUType != "" {
			return conflict("gpu_type", "", "Set run.gpu to 1, too.", "is of a GPU, and run.gpu is not set")
		}
		if s.GPUZonalRedundancy != nil {
			return conflict("gpu_zonal_redundancy", "", "Set run.gpu to 1, too.", "is of a GPU, and run.gpu is not set")
		}
		return nil
	}
	cpu, okCPU := quantity(s.CPU)
	memory, okMemory := quantity(s.Memory)
	switch {
	case !okCPU || cpu.Cmp(amountOf(leastGPUCPU)) < 0:
		return conflict("gpu", "", "Set run.cpu to "+leastGPUCPU+" or more.", "needs at least "+leastGPUCPU+" CPUs")
	case !okMemory || memory.Cmp(amountOf(leastGPUMemory)) < 0:
		return conflict("gpu", "", "Set run.memory to "+leastGPUMemory+" or more.", "needs at least "+leastGPUMemory+" of memory")
	case !isFalse(s.CPUThrottling):
		return conflict("gpu", "", "Set run.cpu_throttling to false.", "goes with CPU that is there always, not during requests only")
	case s.ExecutionEnvironment == gen1:
		return conflict("execution_environment", "", "Set it to gen2.", "must be gen2 with run.gpu")
	}
	return nil
}

func ruleCallers(s *Settings) *config.Conflict {
	if isFalse(s.AllowUnauthenticated) && isFalse(s.InvokerIAMCheck) {
		return conflict("invoker_iam_check", "", "Keep one of them.", "is false, which lets everybody call the service, and run.allow_unauthenticated is false")
	}
	return nil
}

func ruleNetwork(s *Settings) *config.Conflict {
	v := s.VPC
	direct := v.Network != "" || v.Subnet != ""
	switch {
	case v.Connector != "" && direct:
		return conflict("vpc.connector", "", "Keep one of them.", "is set, and so is run.vpc.network or run.vpc.subnet: an app reaches a network in one way")
	case len(v.Tags) > 0 && !direct:
		return conflict("vpc.tags", "", "Set run.vpc.network or run.vpc.subnet, too.", "is of an app in a network, and none is set")
	case v.Egress != "" && !direct && v.Connector == "":
		return conflict("vpc.egress", "", "Set run.vpc.connector, run.vpc.network or run.vpc.subnet, too.", "is of an app in a network, and none is set")
	}
	return nil
}

func ruleKey(s *Settings) *config.Conflict {
	switch {
	case s.PostKeyRevocationActionType != "" && s.EncryptionKey == "":
		return conflict("post_key_revocation_action_type", "", "Set run.encryption_key, too.", "is of a key, and none is set")
	case s.EncryptionKeyShutdownHours != 0 && s.PostKeyRevocationActionType != shutDown:
		return conflict("encryption_key_shutdown_hours", "", "Set run.post_key_revocation_action_type to "+shutDown+".", "is of a key at whose end instances are shut down")
	case s.Breakglass != "" && s.BinaryAuthorization != defaultPolicy:
		return conflict("breakglass", "", "Set run.binary_authorization to "+defaultPolicy+".", "goes with the default policy only")
	}
	return nil
}

func ruleProbes(s *Settings) *config.Conflict {
	for _, p := range []struct {
		kind  string
		probe *Probe
	}{{startupProbe, s.StartupProbe}, {livenessProbe, s.LivenessProbe}, {readinessProbe, s.ReadinessProbe}} {
		if c := at(p.kind, "", p.probe.wrong(p.kind, true)); c != nil {
			return c
		}
	}
	return nil
}
