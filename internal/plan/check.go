package plan

import "github.com/gcpdeploy/gcpdeploy/internal/config"

// Check is how the image is tried before it is released.
type Check struct {
	Start   bool              `json:"start"`
	Beside  bool              `json:"beside,omitempty"` // as a revision beside what serves; else by itself, where it is built
	Answer  *Answer           `json:"answer,omitempty"` // of the image, and of what was released; nil = nobody asks
	Timeout int               `json:"start_timeout_seconds"`
	Budget  *Budget           `json:"budget,omitempty"`  // nil = the image may take what it takes
	Canary  *Canary           `json:"canary,omitempty"`  // nil = all traffic at once
	After   *After            `json:"after,omitempty"`   // of what was released, once it has traffic; nil = nothing more
	Command []string          `json:"command,omitempty"` // none = no tests
	Env     map[string]string `json:"env,omitempty"`
	// Services run beside the tests.
	Services []config.TestService `json:"services,omitempty"`
}

// releaseCheck is how what is released is tried, beside what serves and afterwards.
func releaseCheck(app App, f Facts) Check {
	start := app.Config.Start
	return Check{
		Start: start.On, Answer: answer(start), Timeout: int(start.Timeout.Seconds()),
		Beside: start.On && app.Goal == GoalRelease && f.Service.CanTry && start.In != config.InBuild &&
			start.Protocol != config.GRPC && !app.Release.NoTraffic && app.Release.Tag == "" && app.Stranger == "",
		Canary: canary(app, f), After: after(app), Budget: BudgetOf(app.Config.Budget),
	}
}

// looks says whether the start step has anything to look at.
func (c Check) looks() bool { return c.Start || c.Budget != nil && c.Budget.Bytes > 0 }
