package clients

import (
	"context"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/setup"
	"github.com/gcpdeploy/gcpdeploy/internal/doctor"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// longPaused is how long a schedule may be paused until it seems forgotten.
const longPaused = 7 * 24 * time.Hour

// schedulesCheck looks at the schedules of the service. Where there are none, or the
// API is not enabled or they may not be seen, there is nothing to say: deploys go on.
func (s *Set) schedulesCheck(ctx context.Context) (all []doctor.Finding) {
	found, _, err := s.ListSchedules(ctx, "")
	switch errs.KindOf(err) {
	case errs.Auth, errs.NotFound:
		return nil
	}
	if err != nil {
		f := doctor.Of(err)
		f[0].Mark = doctor.Warn
		return f
	}
	for _, is := range found {
		if is.Service == s.Config.Service {
			all = append(all, s.scheduleFinding(is))
		}
	}
	return all
}

func (s *Set) scheduleFinding(is ScheduleState) doctor.Finding {
	show := setup.Line("gcpdeploy", "schedule", "show", is.Name)
	idle := is.Last
	if is.Changed.After(idle) {
		idle = is.Changed
	}
	switch {
	case is.Failed != "":
		return doctor.Finding{Mark: doctor.Warn, Text: is.Name + " could make no build: " + is.Failed, Fix: show}
	case is.State.State == "paused" && s.deps.Now().Sub(idle) > longPaused:
		return doctor.Finding{Mark: doctor.Warn, Text: is.Name + " is paused, and has not run for " + ui.Age(s.deps.Now().Sub(idle)), Fix: setup.Line("gcpdeploy", "schedule", "resume", is.Name)}
	case is.Build != nil && is.Build.Ended() && is.Build.Status != plan.Success:
		return doctor.Finding{Mark: doctor.Warn, Text: is.Name + ": its last build, " + is.Build.Build + ", ended with " + string(is.Build.Status), Fix: show}
	case is.Outdated:
		return doctor.Finding{Mark: doctor.Warn, Text: is.Name + " runs another version of gcpdeploy than this one", Fix: is.Again()}
	}
	text := is.Name + ": " + is.Text + " (" + is.Zone + "), " + is.State.State
	return doctor.Finding{Mark: doctor.OK, Text: text}
}
