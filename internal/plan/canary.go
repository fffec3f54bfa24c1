package plan

// Canary is how a release takes the traffic by steps, and what ends it.
type Canary struct {
	Steps      []int   `json:"steps"` // without the last, 100
	Seconds    int     `json:"pause_seconds"`
	MaxErrors  float64 `json:"max_errors_percent"`
	MaxLatency float64 `json:"max_latency_seconds,omitempty"` // of 95 % of the requests; 0 = any
	Requests   int     `json:"min_requests"`
}

// canary is what is asked for; nil where there is nothing that traffic could go back to.
func canary(app App, f Facts) *Canary {
	c := app.Config.Canary
	if len(c.Steps) == 0 || app.Goal != GoalRelease || !f.Service.Exists || app.Release.NoTraffic {
		return nil
	}
	return &Canary{c.Steps, int(c.Pause.Seconds()), c.MaxErrors, c.MaxLatency.Seconds(), c.Requests}
}

// After is what the service must answer once it has the traffic.
type After struct {
	Path    string `json:"path"`
	Status  int    `json:"status,omitempty"` // 0 = any from 200 to 399
	Body    string `json:"body,omitempty"`   // that the answer must contain
	Seconds int    `json:"timeout_seconds"`
}

func after(app App) *After {
	c := app.Config.After
	if c.Path == "" || app.Goal != GoalRelease || app.Release.NoTraffic {
		return nil
	}
	return &After{c.Path, c.Status, c.Body, int(c.Timeout.Seconds())}
}

// Takes says whether an answer is a wanted one, as far as its status says.
func (a After) Takes(status int) bool { return Answer{Path: a.Path, Status: a.Status}.Takes(status) }

// Wants is which answers are taken.
func (a After) Wants() string {
	wants := Answer{Path: a.Path, Status: a.Status}.Wants()
	if a.Body != "" {
		wants += " and the text of release.check.body in it"
	}
	return wants
}
