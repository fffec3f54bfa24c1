package config

import (
	"cmp"
	"slices"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
)

// Job is a program that runs to its end in the image of the service. What goes into
// its fields of CPU, memory and secrets is the target's to check.
type Job struct {
	Name    string   `json:"name"`
	Command []string `json:"command"`
	// Env and Secrets are added to the service's: of one name the job's hold.
	Env            map[string]string `json:"env,omitempty"`
	Secrets        map[string]string `json:"secrets,omitempty"`
	CPU            string            `json:"cpu,omitempty"`
	Memory         string            `json:"memory,omitempty"`
	Retries        *int              `json:"retries,omitempty"` // of each task; nil = the target's default
	TimeoutSeconds int               `json:"timeout_seconds,omitempty"`
	Tasks          int               `json:"tasks,omitempty"`
	Parallelism    int               `json:"parallelism,omitempty"`
	ServiceAccount string            `json:"service_account,omitempty"` // "" = the service's
	Schedule       string            `json:"schedule,omitempty"`        // five fields; "" = it runs when it is told to
	TimeZone       string            `json:"time_zone,omitempty"`       // of the schedule; "" = UTC
	BeforeTraffic  bool              `json:"before_traffic,omitempty"`  // each release runs it before it gets traffic
}

// Limits of jobs that hold for every target.
const (
	mostRetries = 10
	mostTasks   = 10_000
	longestJob  = 168 * time.Hour
)

var jobForm = Matching(`[a-z]([a-z0-9-]{0,38}[a-z0-9])?`, "a name of lower-case letters, digits and hyphens, at most 40", "")

// jobKeys are those of each job.
var jobKeys = []Key{
	{Name: "command", Set: SetWords(func(j *Job) *[]string { return &j.Command })},
	{Name: "env", Set: SetMap(func(j *Job) *map[string]string { return &j.Env }, CheckVariable, AnyText)},
	{Name: "secrets", Set: SetMap(func(j *Job) *map[string]string { return &j.Secrets }, CheckVariable, AnyText)},
	{Name: "cpu", Set: SetText(func(j *Job) *string { return &j.CPU }, AnyText)},
	{Name: "memory", Set: SetText(func(j *Job) *string { return &j.Memory }, AnyText)},
	{Name: "retries", Set: SetOptionalInt(func(j *Job) **int { return &j.Retries }, 0, mostRetries)},
	{Name: "timeout", Set: SetSeconds(func(j *Job) *int { return &j.TimeoutSeconds }, longestJob)},
	{Name: "tasks", Set: SetInt(func(j *Job) *int { return &j.Tasks }, 1, mostTasks)},
	{Name: "parallelism", Set: SetInt(func(j *Job) *int { return &j.Parallelism }, 1, mostTasks)},
	{Name: "schedule", Set: SetText(func(j *Job) *string { return &j.Schedule }, AnyText)},
	{Name: "time_zone", Set: SetText(func(j *Job) *string { return &j.TimeZone }, AnyText)},
	{Name: "before_traffic", Set: SetBool(func(j *Job) *bool { return &j.BeforeTraffic })},
	{Name: "service_account", Set: SetText(func(j *Job) *string { return &j.ServiceAccount }, CheckAccount)},
}

// setJobs accepts jobs by their names, and keeps their order.
func setJobs(to func(*Config) *[]Job) Setter {
	set := SetNamed(func(m *map[string]Job) *map[string]Job { return m }, jobForm, jobKeys, "command")
	return func(into any, key string, v value) error {
		named := map[string]Job{}
		if err := set(&named, key, v); err != nil {
			return err
		}
		parsed, ok, err := structured(key, v, "{")
		if err != nil {
			return err
		}
		if ok {
			v = parsed
		}
		jobs := []Job{}
		for _, f := range v.fields {
			j := named[f.name]
			j.Name = f.name
			if j.Parallelism > max(j.Tasks, 1) {
				return f.value.fieldAt("parallelism").errorf("", "%s.%s.parallelism is %d, more than its tasks, %d", key, f.name, j.Parallelism, max(j.Tasks, 1))
			}
			if j.TimeZone != "" && j.Schedule == "" {
				return f.value.fieldAt("time_zone").errorf("Set schedule, too, or remove it.", "%s.%s.time_zone is of a schedule, and there is none", key, f.name)
			}
			jobs = append(jobs, j)
		}
		*to(into.(*Config)) = jobs
		return nil
	}
}

// jobs are checked by the chosen target, which has none where it has no check.
func (s schema) jobs(c *Config, settings layer) error {
	v, said := settings["jobs"]
	if !said || len(c.Jobs) == 0 {
		return nil
	}
	if s.chosen.Job == nil {
		return v.fail("jobs", Wrong("Remove it, or set target to one that has jobs.", "is set, and the target %s has no jobs", s.chosen.Name))
	}
	if parsed, ok, err := structured("jobs", v, "{"); err != nil {
		return err
	} else if ok {
		v = parsed
	}
	for n := range c.Jobs {
		j := &c.Jobs[n]
		conflict := s.chosen.Job(c, j)
		if conflict == nil {
			continue
		}
		name, at := "jobs."+j.Name, value{at: v.fieldAt(j.Name)}
		if v.at.hidden != "" {
			name = "jobs." + hiddenText
		}
		if i := slices.IndexFunc(v.fields, func(f field) bool { return f.name == j.Name }); i >= 0 {
			at = v.fields[i].value
		}
		if conflict.Key == "" {
			return v.fieldAt(j.Name).fault(name, " ", &conflict.Fault)
		}
		where := at.fieldAt(conflict.Key)
		if i := slices.IndexFunc(at.fields, func(f field) bool { return f.name == conflict.Key }); i >= 0 && conflict.Entry != "" {
			where = at.fields[i].value.fieldAt(conflict.Entry)
		}
		if conflict.Private {
			where.place.Excerpt = ""
		}
		return where.fault(name+"."+conflict.Key, cmp.Or(map[bool]string{true: ": "}[conflict.Entry != ""], " "), &conflict.Fault)
	}
	return nil
}

// JobHint is what to say of a name that no job has.
func (c *Config) JobHint(name string) string {
	var names []string
	for _, j := range c.Jobs {
		names = append(names, j.Name)
	}
	return cmp.Or(suggest.Hint(name, names), "Run `gcpdeploy job list`.")
}
