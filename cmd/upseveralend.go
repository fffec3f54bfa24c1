package cmd

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/actions"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/group"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// severalResult is `up --json` of several services, or of several regions.
type severalResult struct {
	Type     string               `json:"type"`   // "result"
	Status   string               `json:"status"` // "done" or "failed"
	Services map[string]oneResult `json:"services,omitempty"`
	Regions  map[string]oneResult `json:"regions,omitempty"`
	Seconds  float64              `json:"seconds"`
}

// oneResult is what came of one of them: the status may also be "failed", "skipped", as
// one that it needs failed, or "unchanged".
type oneResult struct {
	engine.Result
	Region string     `json:"region,omitempty"` // where it is one of several
	Error  *errorBody `json:"error,omitempty"`
	Why    string     `json:"why,omitempty"` // it was left out
}

// has says whether the service has what the run was to release.
func (r oneResult) has() bool { return r.Status == "released" || r.Status == "nothing_to_do" }

// resultOf is what came of a member.
func resultOf(m *member) oneResult {
	one := oneResult{Result: m.result, Why: m.why}
	if len(m.set.Config.Regions) > 1 {
		one.Region = m.set.Config.Region
	}
	skipped, _ := errors.AsType[*group.Skipped](m.err)
	switch {
	case m.why != "":
		one.Status = "unchanged"
	case skipped != nil:
		one.Status, one.Why = "skipped", skipped.Error()
	case m.err != nil:
		body := bodyOf(m.err)
		one.Error = &body
		if one.Status != "superseded" {
			one.Status = "failed"
		}
	}
	one.Type, one.Service = "result", cmp.Or(one.Service, m.set.Service().Service)
	return one
}

// endSeveral tells what came of all.
func (o UpOptions) endSeveral(s ui.Streams, d Deps, report ui.Reporter, noun string, members []*member, took time.Duration) error {
	var failed []failure
	results := map[string]oneResult{}
	for _, m := range members {
		results[m.Name] = resultOf(m)
		if results[m.Name].Error != nil {
			failed = append(failed, failure{m.Name, m.err})
		}
	}
	out := severalResult{Type: "result", Status: "done", Services: results, Seconds: took.Seconds()}
	if noun == config.ARegion {
		out.Services, out.Regions = nil, results
	}
	err := failedOf(ui.Count(len(members), noun), failed)
	if err != nil {
		out.Status = "failed"
	}
	err = errors.Join(err, stepOutput(d, out, true, err))
	each, _ := json.Marshal(results) // texts and numbers: never fails
	tellGitHub(d, report, forGitHub{ended: out.Status, failed: err, outputs: []actions.Output{{Name: "status", Value: out.Status}, {Name: noun + "s", Value: string(each)}}})
	if o.JSON {
		if werr := ui.WriteJSON(s.Out, out); werr != nil || err == nil {
			return werr
		}
		return reported{err}
	}
	if werr := printSeveral(s, noun, members, results, took); werr != nil {
		return werr
	}
	if o.NoTraffic && noun == config.ARegion {
		fmt.Fprintln(s.Err, sameApp("traffic --to-latest", o.App)+" gives what is new all traffic, in each region")
	}
	if err != nil {
		printReleased(s.Err, sameApp("up", o.App), members, results)
	}
	return err
}

// sameApp is a command for the same app, for people.
func sameApp(words string, app clients.App) string {
	return "`" + strings.Join(append([]string{"gcpdeploy", words}, app.Same()...), " ") + "`"
}

// inRegions are the names of members of services in several regions.
func inRegions(members []*member, results map[string]oneResult, have bool) (names []string) {
	for _, m := range members {
		if r := results[m.Name]; r.Region != "" && r.has() == have {
			names = append(names, m.Name)
		}
	}
	return names
}
