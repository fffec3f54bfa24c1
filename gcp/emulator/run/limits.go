package run

import (
	"math/big"
	"regexp"
	"slices"

	"cloud.google.com/go/run/apiv2/runpb"
)

var quantity = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)(m|k|M|G|T|Ki|Mi|Gi|Ti)?$`)

// gpu is the limit that asks for one.
const gpu = "nvidia.com/gpu"

var units = map[string]*big.Rat{
	"": big.NewRat(1, 1), "m": big.NewRat(1, 1000),
	"k": big.NewRat(1e3, 1), "M": big.NewRat(1e6, 1), "G": big.NewRat(1e9, 1), "T": big.NewRat(1e12, 1),
	"Ki": big.NewRat(1<<10, 1), "Mi": big.NewRat(1<<20, 1), "Gi": big.NewRat(1<<30, 1), "Ti": big.NewRat(1<<40, 1),
}

// parseQuantity reads a Kubernetes quantity like 500m, 2 or 512Mi.
func parseQuantity(s string) (float64, bool) {
	m := quantity.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	n, ok := new(big.Rat).SetString(m[1])
	if !ok {
		return 0, false
	}
	f, _ := n.Mul(n, units[m[2]]).Float64()
	return f, true
}

// memoryRange is what Cloud Run allows for so many CPUs, in bytes (from
// cloud.google.com/run/docs/configuring/services/memory-limits).
func memoryRange(cpu float64) (lo, hi float64) {
	const mi, gi = 1 << 20, 1 << 30
	switch {
	case cpu < 0.5:
		return 128 * mi, 512 * mi
	case cpu < 1:
		return 128 * mi, gi
	case cpu <= 1:
		return 128 * mi, 4 * gi
	case cpu <= 2:
		return 128 * mi, 8 * gi
	case cpu <= 4:
		return 2 * gi, 16 * gi
	case cpu <= 6:
		return 4 * gi, 24 * gi
	}
	return 4 * gi, 32 * gi
}

// validateLimits checks CPU and memory against each other.
func validateLimits(field string, limits map[string]string, concurrency int32) error {
	for k := range limits {
		if k != "cpu" && k != "memory" && k != gpu {
			return invalid(field, "%q is not supported; use cpu, memory and %s", k, gpu)
		}
	}
	cpu, memory := 1.0, 512.0*(1<<20)
	if v, given := limits["cpu"]; given {
		var ok bool
		cpu, ok = parseQuantity(v)
		if whole := []float64{1, 2, 4, 6, 8}; !ok || cpu < 0.08 || (cpu >= 1 && !slices.Contains(whole, cpu)) {
			return invalid(field+".cpu", "Invalid value specified for cpu: %q. Must be 1, 2, 4, 6, 8, or between 0.08 and 1", v)
		}
		if cpu < 1 && concurrency > 1 {
			return invalid(field+".cpu", "cpu < 1 is not supported with concurrency > 1")
		}
	}
	if v, given := limits["memory"]; given {
		var ok bool
		if memory, ok = parseQuantity(v); !ok {
			return invalid(field+".memory", "Invalid value specified for memory: %q. Use a form like 512Mi or 2Gi", v)
		}
	}
	if lo, hi := memoryRange(cpu); memory < lo || memory > hi {
		return invalid(field+".memory", "Invalid value specified for container memory. For %g CPU, memory must be between %s and %s inclusive.", cpu, mebi(lo), mebi(hi))
	}
	return nil
}

// validateEnvironment checks what only one execution environment, or one way of billing,
// allows (cloud.google.com/run/docs/configuring/services/cpu and …/execution-environments).
// A template without an environment gets one that fits.
func validateEnvironment(t *runpb.RevisionTemplate) error {
	const field = "service.template.containers[0].resources.limits"
	resources := ingressOf(t).GetResources()
	second := t.GetExecutionEnvironment() == runpb.ExecutionEnvironment_EXECUTION_ENVIRONMENT_GEN2
	if cpu, ok := parseQuantity(resources.GetLimits()["cpu"]); ok && cpu < 1 {
		switch {
		case second:
			return invalid(field+".cpu", "Invalid value specified for cpu. Total cpu < 1 is not supported with gen2 execution environment")
		case !resources.GetCpuIdle():
			return invalid(field+".cpu", "Invalid value specified for cpu. Total cpu < 1 is not supported with cpu-throttling disabled")
		}
	}
	if memory, ok := parseQuantity(resources.GetLimits()["memory"]); ok && second && memory < 512<<20 {
		return invalid(field+".memory", "Invalid value specified for container memory. Must be at least 512Mi in the gen2 execution environment")
	}
	return nil
}

func mebi(bytes float64) string {
	if gi := bytes / (1 << 30); gi >= 1 {
		return trim(gi) + "Gi"
	}
	return trim(bytes/(1<<20)) + "Mi"
}

func trim(f float64) string { return big.NewFloat(f).Text('f', 0) }
