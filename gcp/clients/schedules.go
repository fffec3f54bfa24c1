package clients

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/schedule"
	"github.com/gcpdeploy/gcpdeploy/gcp/setup"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// ScheduleKept is what Keep of a schedule did.
type ScheduleKept = schedule.Kept

// ScheduleState is a schedule with what became of it.
type ScheduleState struct {
	schedule.State
	Build    *plan.Outcome         // its newest; nil = there is none
	Result   *engine.RefreshResult // of that, once its refresh has ended; nil = it did not end well
	Failure  *plan.Failed          // why not
	Outdated bool                  // its builder image is not this program's: to make it again mends that
}

// ListSchedules gives the schedules of a location that were made here, and the number
// of other jobs.
func (s *Set) ListSchedules(ctx context.Context, location string) (ours []ScheduleState, others int, err error) {
	all, err := s.Schedules(location).List(ctx)
	if err != nil {
		return nil, 0, err
	}
	for _, one := range all {
		if one.Ours {
			ours = append(ours, ScheduleState{State: one})
		}
	}
	return ours, len(all) - len(ours), s.lookAtSchedules(ctx, ours)
}

// ShowSchedule adds to a schedule what became of it.
func (s *Set) ShowSchedule(ctx context.Context, is schedule.State) (ScheduleState, error) {
	one := []ScheduleState{{State: is}}
	err := s.lookAtSchedules(ctx, one)
	return one[0], err
}

func (s *Set) lookAtSchedules(ctx context.Context, all []ScheduleState) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	g.Go(func() error {
		if len(all) == 0 {
			return nil
		}
		now, ok, err := s.reg.Digest(gctx, plan.Builder, s.deps.Version())
		if err != nil && errs.KindOf(err) != errs.Auth { // who may not see it is not told
			return err
		}
		for i := range all {
			of, digest, _ := strings.Cut(all[i].Builder, "@")
			all[i].Outdated = err == nil && of == s.reg.Repository()+"/"+plan.Builder && (!ok || digest != now)
		}
		return nil
	})
	for i := range all {
		g.Go(func() error {
			builds := s.builds()
			builds.Region = all[i].Region
			last, ok, err := builds.Newest(gctx, schedule.Tag(all[i].Name))
			if ok {
				all[i].came(last)
			}
			return err
		})
	}
	return g.Wait()
}

// came reads what a schedule's build came to.
func (s *ScheduleState) came(last plan.Outcome) {
	s.Build = &last
	if len(last.Steps) == 0 {
		return
	}
	for _, step := range last.Steps {
		var said struct {
			Failure *plan.Failed `json:"failure"`
		}
		if json.Unmarshal(step.Output, &said) == nil && said.Failure != nil && s.Failure == nil {
			s.Failure = said.Failure
		}
	}
	var r engine.RefreshResult
	if json.Unmarshal(last.Steps[0].Output, &r) == nil && r.Status != "" {
		s.Result = &r
	}
}

// Came is a schedule of which a build came to an end.
func Came(is schedule.State, build plan.Outcome) ScheduleState {
	s := ScheduleState{State: is}
	s.came(build)
	return s
}

// ScheduleNamed is the schedule of that name, or the service's only one.
func (s *Set) ScheduleNamed(ctx context.Context, location, name string) (schedule.State, error) {
	c := s.Schedules(location)
	if name != "" {
		is, err := c.Get(ctx, name)
		if err == nil && !is.Ours {
			err = errs.New(errs.Usage, "Use `gcloud scheduler jobs` for it, or run `gcpdeploy schedule list`.", "the job %s in %s is not gcpdeploy's", name, c.Location)
		}
		return is, err
	}
	all, err := c.List(ctx)
	if err != nil {
		return schedule.State{}, err
	}
	var mine []schedule.State
	var names []string
	for _, one := range all {
		if one.Ours && one.Service == s.Config.Service {
			mine, names = append(mine, one), append(names, one.Name)
		}
	}
	switch len(mine) {
	case 0:
		return schedule.State{}, errs.New(errs.NotFound, "Run `gcpdeploy schedule create`, or `gcpdeploy schedule list` to see those of other services.",
			"there is no schedule of %s in %s", s.Config.Service, c.Location)
	case 1:
		return mine[0], nil
	}
	return schedule.State{}, errs.New(errs.Usage, "Name one: `gcpdeploy schedule show "+names[0]+"`.", "%s has several schedules: %s", s.Config.Service, strings.Join(names, ", "))
}

// patience is how long a build may take to come of a run.
const patience = 2 * time.Minute

// RunSchedule runs a schedule now, and gives the build that came of it.
func (s *Set) RunSchedule(ctx context.Context, location string, is schedule.State) (plan.Outcome, error) {
	c, builds := s.Schedules(location), s.builds()
	builds.Region = is.Region
	const several = 20 // others may run it in the same moment
	before, err := builds.Tagged(ctx, schedule.Tag(is.Name), several)
	if err != nil {
		return plan.Outcome{}, err
	}
	if err := c.Run(ctx, is.Name); err != nil {
		return plan.Outcome{}, err
	}
	var build plan.Outcome
	until := s.access.Clock.Now().Add(patience)
	pauses := s.access.Backoff(s.access.Endpoint(gcp.CloudScheduler))
	var began time.Time // when the attempt was first seen
	err = poll.Until(ctx, s.access.Clock, pauses, func(ctx context.Context) (bool, error) {
		after, err := builds.Tagged(ctx, schedule.Tag(is.Name), several)
		if err != nil {
			return true, err
		}
		for _, b := range slices.Backward(after) {
			if !slices.ContainsFunc(before, func(was plan.Outcome) bool { return was.Build == b.Build }) {
				build = b
				return true, nil
			}
		}
		now, err := c.Get(ctx, is.Name)
		if began.IsZero() && now.Last.After(is.Last) {
			began = s.access.Clock.Now()
		}
		switch {
		case err != nil:
			return true, err
		case now.Last.After(is.Last) && now.Failed != "" && now.Failed == is.Failed && s.access.Clock.Now().Before(began.Add(5*pauses.Max)):
			// An attempt's begin is told before its end: so far the failure may be the last one's.
		case now.Last.After(is.Last) && now.Failed != "":
			return true, postFailed(now)
		case s.access.Clock.Now().After(until):
			return true, errs.New(errs.Transient, "Run `gcpdeploy schedule show "+is.Name+"` in a moment.", "no build has come of %s yet", is.Name)
		}
		return false, nil
	})
	return build, err
}

// Again is the command that makes the schedule anew, as it is.
func (s ScheduleState) Again() string {
	words := []string{"gcpdeploy", "schedule", "create", s.Name, "--schedule=" + s.Text, "--time-zone=" + s.Zone}
	for i, command := range s.Commands {
		for _, word := range command {
			if strings.HasPrefix(word, "--cooldown=") || strings.HasPrefix(word, "--notify=") {
				words = append(words, word)
			}
		}
		if i > 0 {
			words = append(words, "--prune")
		}
	}
	return setup.Line(words...)
}

// postFailed is the error of a schedule whose build could not be made. Cloud
// Scheduler says the code alone.
func postFailed(is schedule.State) error {
	hint := "Look at its attempts: `gcloud logging read 'resource.type=cloud_scheduler_job AND resource.labels.job_id=" + is.Name + "'`."
	kind := errs.Build
	switch is.Failed {
	case "PERMISSION_DENIED":
		kind, hint = errs.Auth, "Run `gcpdeploy setup`: "+is.Account+" needs roles/cloudbuild.builds.editor on the project "+is.Project+
			", and roles/iam.serviceAccountUser on "+cmp.Or(is.Builds, "the builds' account")+"."
	case "INVALID_ARGUMENT":
		hint = "Run `gcpdeploy schedule create` again, which writes the build anew."
	}
	return errs.New(kind, hint, "the schedule %s could make no build: %s", is.Name, is.Failed)
}

// PostFailed says why a schedule's last build could not be made, or nil.
func PostFailed(is schedule.State) error {
	if is.Failed == "" {
		return nil
	}
	return postFailed(is)
}
