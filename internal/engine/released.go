package engine

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// admit lets everybody call the service, as whoever runs this, where the build's own
// account may not, and says whether everybody may now.
func (e *Engine) admit(ctx context.Context, s release.Spec, why string) bool {
	err := e.Target.Admit(ctx, s)
	if err == nil {
		e.Report.Note("everybody may call the service now, by your own credentials: the builds' account could not say so")
		return true
	}
	e.Report.Warn("the service is private, though everybody was to call it; the builds' account: " + why)
	e.Report.Warn("you: " + strings.TrimSpace(err.Error()+"\n"+errs.HintOf(err)))
	return false
}

// released is what a build's release step says.
func released(out plan.Outcome) (r release.Released, err error) {
	s, _ := out.Find(plan.StepRelease)
	return r, json.Unmarshal(s.Output, &r)
}
