package run

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/cron"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// leastJobMemory is what a job gets at least: it has the second generation execution environment.
const leastJobMemory = "512Mi"

// checkJob says what Cloud Run would refuse of a job, and brings its sizes into its form.
func checkJob(c *config.Config, j *config.Job) *config.Conflict {
	conflict := func(key, entry string, f *config.Fault) *config.Conflict {
		return &config.Conflict{Key: key, Entry: entry, Fault: *f}
	}
	if id := jobID(c.Service, j.Name); len(id) > maxJobName {
		return conflict("", "", config.Wrong("Choose a shorter name.", "makes the job %s, whose name has %d characters: Cloud Run takes %d", id, len(id), maxJobName))
	}
	var fault *config.Fault
	if j.CPU != "" {
		if j.CPU, fault = checkCPU(j.CPU); fault == nil && strings.HasSuffix(j.CPU, "m") {
			fault = config.Wrong("", "must be 1, 2, 4, 6 or 8 in a job")
		}
		if fault != nil {
			return conflict("cpu", "", fault)
		}
	}
	if j.Memory != "" {
		if j.Memory, fault = checkMemory(j.Memory); fault == nil && amountOf(j.Memory).Cmp(amountOf(leastJobMemory)) < 0 {
			fault = config.Wrong("", "must be at least %s in a job", leastJobMemory)
		}
		if fault != nil {
			return conflict("memory", "", fault)
		}
	}
	if key, _, text, wrong := misfit(j.CPU, j.Memory); wrong {
		return conflict(key, "", config.Wrong("", "%s", strings.ReplaceAll(text, "run.memory", "its memory")))
	}
	for _, name := range slices.Sorted(maps.Keys(j.Env)) {
		if fault = checkJobVariable(name); fault != nil {
			return conflict("env", name, fault)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(j.Secrets)) {
		if fault = checkJobVariable(name); fault == nil {
			_, fault = checkSecret(j.Secrets[name])
		}
		if _, both := j.Env[name]; both && fault == nil {
			fault = config.Wrong("Keep one of them.", "%s is in its env too", name)
		}
		if fault != nil {
			return conflict("secrets", name, fault)
		}
	}
	if j.Schedule != "" {
		if _, err := cron.Parse(j.Schedule, j.TimeZone); err != nil {
			key := "schedule"
			if _, zone := cron.Zone(j.TimeZone); zone != nil {
				key = "time_zone"
			}
			return conflict(key, "", config.Wrong("", "%s", cmp.Or(err.Error(), "is no schedule")))
		}
	}
	return nil
}

func checkJobVariable(name string) *config.Fault {
	if strings.HasPrefix(name, "CLOUD_RUN_") {
		return config.Wrong("Choose another name.", "%s is set by Cloud Run and cannot be given", name)
	}
	_, fault := checkVariable(name)
	return fault
}

// also is what jobs need that not every release does.
func also(s release.Spec) (cases, apis []string) {
	if len(s.Jobs) > 0 {
		cases = append(cases, string(rights.Jobs))
	}
	if slices.ContainsFunc(s.Jobs, func(j config.Job) bool { return j.Schedule != "" }) {
		cases, apis = append(cases, string(rights.JobSchedules)), append(apis, gcp.CloudScheduler.Service())
	}
	if s.OwnPreviews {
		cases = append(cases, string(rights.OwnPreviews))
	}
	return cases, apis
}
