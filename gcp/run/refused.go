package run

import (
	"fmt"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// refused is what Cloud Run would refuse a release for because of what others set on
// the service, which stays: known before anything is built. What is there was accepted.
func refused(observed, merged *runpb.Service, d Desired) error {
	if text, _ := unfit(observed.GetTemplate()); text != "" {
		return nil
	}
	text, key := unfit(merged.GetTemplate())
	if text == "" {
		return nil
	}
	hint := "Set run.cpu, run.memory or run.concurrency to what fits"
	if key != "" {
		hint += ", or " + key
	}
	return errs.New(errs.Usage, hint+".", "Cloud Run will refuse this release of %s, with what was set on it elsewhere: %s", d.Service, text)
}

// unfit says what of a template does not go together, and which setting of others' a key
// of ours could overrule (cloud.google.com/run/docs/configuring/services/cpu and
// …/execution-environments, read 2026-11). A template that names no execution
// environment gets one that fits.
func unfit(t *runpb.RevisionTemplate) (text, key string) {
	if len(t.GetContainers()) == 0 {
		return "", ""
	}
	c := ingress(t)
	cpu, memory := c.GetResources().GetLimits()["cpu"], c.GetResources().GetLimits()["memory"]
	second := t.GetExecutionEnvironment() == runpb.ExecutionEnvironment_EXECUTION_ENVIRONMENT_GEN2
	if n, ok := quantity(cpu); ok && n.Cmp(one) < 0 {
		switch {
		case second:
			return "less than one CPU (" + cpu + ") needs the first generation execution environment, and it has the second", "run.execution_environment to gen1"
		case !c.GetResources().GetCpuIdle():
			return "less than one CPU (" + cpu + ") goes with CPU during requests only, and it has its CPU always", "run.cpu_throttling to true"
		case t.GetMaxInstanceRequestConcurrency() > 1:
			return fmt.Sprintf("less than one CPU (%s) goes with one request at once, and it has a concurrency of %d", cpu, t.GetMaxInstanceRequestConcurrency()), ""
		}
	}
	if n, ok := quantity(memory); ok && second && n.Cmp(amountOf("512Mi")) < 0 {
		return "the second generation execution environment, which it has, needs 512Mi of memory, not " + memory, "run.execution_environment to gen1"
	}
	if len(t.GetContainers()) == 1 {
		if key, _, text, wrong := misfit(cpu, memory); wrong {
			return key + " " + text, ""
		}
	}
	return "", ""
}
