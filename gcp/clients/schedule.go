package clients

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/schedule"
	"github.com/gcpdeploy/gcpdeploy/gcp/setup"
	"github.com/gcpdeploy/gcpdeploy/internal/cron"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// ScheduleOptions say what a schedule does, and when.
type ScheduleOptions struct {
	Name     string // "" = of the service and the environment
	Location string // of Cloud Scheduler's job; "" = where builds run
	At       cron.Schedule
	Cooldown time.Duration // see `wheels refresh`
	Notify   []string      // of `wheels refresh`
	Prune    bool          // nothing that is needed stays behind
}

// ScheduleName is what a schedule may be called.
var ScheduleName = schedule.Name

// Schedules are those of a location of Cloud Scheduler; "" = where builds run.
func (s *Set) Schedules(location string) *schedule.Client {
	return schedule.New(s.access, s.Config.Project, s.scheduleLocation(location))
}

// scheduleLocation is where schedules are that nobody places: by the builds, or by
// the service where those are in no region in particular.
func (s *Set) scheduleLocation(given string) string {
	at := s.Config.BuildRegion()
	if at == "global" {
		at = s.Config.Home()
	}
	return cmp.Or(given, at)
}

// Schedule is a schedule as it is to be. builder is the builder image's digest.
func (s *Set) Schedule(o ScheduleOptions, builder string) (schedule.Spec, error) {
	c := s.Config
	account := setup.Spec{Project: c.Project, Region: c.Home()}.Complete().Scheduler
	switch {
	case c.App != "":
		return schedule.Spec{}, errs.New(errs.Usage, "Run `gcpdeploy wheels refresh` on a CI system, where the repository is checked out.",
			"app (%s) says that the settings lie outside of the app's folder, and a schedule has what was deployed alone", c.Origin["app"])
	case c.Build.ServiceAccount == "" && !s.local:
		return schedule.Spec{}, errs.New(errs.Usage, "Run `gcpdeploy setup`, which makes one, or name build.service_account.",
			"there is no account for builds, and whoever schedules them must be let act as it")
	}
	refresh := []string{"wheels", "refresh"}
	if o.Cooldown > 0 {
		refresh = append(refresh, "--cooldown="+o.Cooldown.String())
	}
	for _, to := range o.Notify {
		refresh = append(refresh, "--notify="+to)
	}
	where := []string{"--project=" + c.Project, "--region=" + c.Home(), "--repository=" + c.Repository}
	step := s.OneStep(builder, append(append(refresh, where...), s.deployedFrom()...))
	step.Tags = []string{engine.Tag}
	if email := c.Build.ServiceAccount; email != "" { // of triggers' builds alone Cloud Build says itself who they run as
		step.Env = append(step.Env, "SERVICE_ACCOUNT_EMAIL="+email[strings.LastIndexByte(email, '/')+1:])
	}
	if err := cloudbuild.FitsOneStep(step); err != nil {
		return schedule.Spec{}, err
	}
	b := cloudbuild.OneStep(step)
	if o.Prune {
		step.Args = append([]string{"wheels", "prune", "--yes"}, where...)
		b.Steps = append(b.Steps, cloudbuild.OneStep(step).GetSteps()...)
	}
	name := cmp.Or(o.Name, s.ScheduleName())
	if !schedule.Name.MatchString(name) {
		return schedule.Spec{}, errs.New(errs.Usage, "Take letters, digits, - and _, at most 100.", "%.120q is no name of a schedule", name)
	}
	return schedule.Spec{
		Name: name, Service: c.Service, Text: o.At.Text, Zone: cmp.Or(o.At.Zone, "Etc/UTC"), Account: account,
		Region: cmp.Or(c.BuildRegion(), "global"), Build: b,
	}, nil
}

// NotScheduled are the variables of this machine that say what wheels are made of, and
// that a schedule's build does not have: what was deployed has to say it.
func (s *Set) NotScheduled() (names []string) {
	return variables(s.Config, func(key string) bool {
		kind, _, _ := strings.Cut(key, ".")
		return slices.Contains([]string{"python", "base_image", "requirements", "system_packages", "wheels", "test"}, kind)
	})
}

// ScheduleName is the name of the service's schedule that nobody named.
func (s *Set) ScheduleName() string {
	words := []string{s.Config.Service}
	if env := s.Config.Env; env != "" && !strings.HasSuffix(s.Config.Service, "-"+env) {
		words = append(words, env)
	}
	return notInSchedule(strings.Join(append(words, "wheels-refresh"), "-"))
}

// notInSchedule writes a name without what a job's may not have.
func notInSchedule(name string) string {
	return strings.Map(func(r rune) rune {
		if schedule.Name.MatchString(string(r)) {
			return r
		}
		return '-'
	}, name)
}

// deployedFrom are the words by which a run without a folder finds what the service
// was deployed from. Whatever else is set is in that.
func (s *Set) deployedFrom() []string {
	c := s.Config
	words := []string{"--service=" + c.Service}
	if c.Env != "" {
		words = append(words, "--env="+c.Env)
	}
	for _, key := range []struct{ key, flag, value string }{
		{"build.region", "build-region", c.Build.Region}, {"build.source_bucket", "source-bucket", c.Build.SourceBucket}, {"target", "target", c.Target},
	} {
		if key.value != "" && c.Origin[key.key] != "default" {
			words = append(words, "--"+key.flag+"="+key.value)
		}
	}
	return words
}

// ScheduleNeeds is what a schedule needs beyond what deploys do, and what makes it.
func (s *Set) ScheduleNeeds(from App, prunes bool) (Setup, error) {
	prepared, err := s.Setup(from, SetupOptions{})
	prepared.List = setup.Schedules(prepared.cloud, prepared.Spec, prunes)
	return prepared, err
}
