package cmd

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/actions"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/group"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// sideBySide is how many services are deployed at once: their builds run elsewhere, but a
// project has a quota of builds, and this machine may be where they run.
const sideBySide = 4

// member is one of several services on its way.
type member struct {
	config.Member
	app    *engine.App
	set    *clients.Set
	result engine.Result
	err    error
	change string // a file that has changed, where that is asked for
	why    string // it is left out; "" = it is not
}

// upSeveral deploys several services, each after those that it depends on. One that fails
// stops those that depend on it alone.
func upSeveral(ctx context.Context, s ui.Streams, d Deps, o UpOptions, all []config.Member) error {
	started := d.Now()
	members, err := openSeveral(ctx, d, o, all)
	defer func() {
		for _, m := range members {
			_ = m.set.Close()
		}
	}()
	if err != nil {
		return err
	}
	view := o.view(s, d)
	if human, ok := view.(*ui.Human); ok {
		for _, m := range members {
			human.Room(m.Name)
		}
	}
	report := actions.Of(d.Lookup).Watch(view, s.Err)
	defer report.Close()
	report.Head(ui.Count(len(members), "service") + ": " + strings.Join(namesOf(members), ", "))
	var goes []group.Member
	for _, m := range members {
		part := ui.Part(report, m.Name)
		if m.why != "" {
			part.Note("left out: " + m.why)
			continue
		}
		if m.change != "" {
			part.Note("changed: " + m.change)
		}
		goes = append(goes, group.Member{Name: m.Name, Needs: m.DependsOn})
	}
	find := func(name string) *member {
		return members[slices.IndexFunc(members, func(m *member) bool { return m.Name == name })]
	}
	turns := &engine.Turns{}
	ends := group.Run(ctx, goes, sideBySide, func(ctx context.Context, name string) error {
		m, began := find(name), d.Now()
		var err error
		m.result, err = o.deploy(ctx, m.app, m.set, ui.Part(report, name), started, turns)
		m.result.Seconds = d.Now().Sub(began).Seconds()
		if err != nil {
			report.Done(ui.Stage{Name: name, Status: "failed", Took: d.Now().Sub(began)}) // why stands at the end
		}
		return err
	})
	for i, g := range goes {
		find(g.Name).err = ends[i]
	}
	report.Close()
	return o.endSeveral(s, d, report, members, d.Now().Sub(started))
}

// openSeveral loads all services before anything is done for one of them.
func openSeveral(ctx context.Context, d Deps, o UpOptions, all []config.Member) (members []*member, err error) {
	var changes clients.Changes
	if o.ChangedSince != "" {
		if changes, err = o.App.ChangesSince(ctx, o.ChangedSince); err != nil {
			return nil, err
		}
	}
	taken := map[string]string{}
	for _, named := range all {
		one := o
		one.App = o.App.One(named.Name)
		m := &member{Member: named}
		if m.app, m.set, err = one.open(ctx, d); err != nil {
			return members, errs.New(errs.KindOf(err), errs.HintOf(err), "%s: %w", named.Name, err)
		}
		members = append(members, m)
		where := strings.Join([]string{m.set.Config.Target, m.set.Config.Project, m.set.Config.Region, m.set.Service().Service}, ", ")
		if other, ok := taken[where]; ok {
			return members, errs.New(errs.Usage, "Give one of them another name, with the key service.", "%s and %s are both the service %s", other, m.Name, m.set.Service().Service)
		}
		taken[where] = m.Name
		if o.Async && waitsFor(named, all) {
			return members, errs.New(errs.Usage, "Leave --async out, or deploy them one after the other.", "--async waits for nobody, and %s depends on %s", named.Name, strings.Join(named.DependsOn, ", "))
		}
		if o.ChangedSince == "" {
			continue
		}
		if m.change, err = changes.Of(d, m.app, one.App); err != nil {
			return members, err
		}
		if m.change == "" {
			m.why = "nothing that it is made of has changed since " + o.ChangedSince
		}
	}
	return members, nil
}

// waitsFor says whether a service depends on one of some.
func waitsFor(m config.Member, all []config.Member) bool {
	return slices.ContainsFunc(all, func(other config.Member) bool { return slices.Contains(m.DependsOn, other.Name) })
}

func namesOf(members []*member) (names []string) {
	for _, m := range members {
		names = append(names, m.Name)
	}
	return names
}

// severalResult is `up --json` of several services.
type severalResult struct {
	Type     string               `json:"type"`   // "result"
	Status   string               `json:"status"` // "done" or "failed"
	Services map[string]oneResult `json:"services"`
	Seconds  float64              `json:"seconds"`
}

// oneResult is what came of one of them: the status may also be "failed", "skipped", as
// one that it depends on failed, or "unchanged".
type oneResult struct {
	engine.Result
	Error *errorBody `json:"error,omitempty"`
	Why   string     `json:"why,omitempty"` // it was left out
}

// endSeveral tells what came of all.
func (o UpOptions) endSeveral(s ui.Streams, d Deps, report ui.Reporter, members []*member, took time.Duration) error {
	var failed []failure
	out := severalResult{Type: "result", Status: "done", Services: map[string]oneResult{}, Seconds: took.Seconds()}
	for _, m := range members {
		one := oneResult{Result: m.result, Why: m.why}
		skipped, _ := errors.AsType[*group.Skipped](m.err)
		switch {
		case m.why != "":
			one.Status = "unchanged"
		case skipped != nil:
			one.Status, one.Why = "skipped", skipped.Error()
		case m.err != nil:
			failed = append(failed, failure{m.Name, m.err})
			body := bodyOf(m.err)
			one.Error = &body
			if one.Status != "superseded" {
				one.Status = "failed"
			}
		}
		one.Type, one.Service = "result", cmp.Or(one.Service, m.set.Service().Service)
		out.Services[m.Name] = one
	}
	err := failedOf(len(members), failed)
	if err != nil {
		out.Status = "failed"
	}
	err = errors.Join(err, stepOutput(d, out, true, err))
	services, _ := json.Marshal(out.Services) // texts and numbers: never fails
	tellGitHub(d, report, forGitHub{ended: out.Status, failed: err, outputs: []actions.Output{{Name: "status", Value: out.Status}, {Name: "services", Value: string(services)}}})
	if o.JSON {
		if werr := ui.WriteJSON(s.Out, out); werr != nil || err == nil {
			return werr
		}
		return reported{err}
	}
	if werr := printSeveral(s, o.App, members, out); werr != nil {
		return werr
	}
	return err
}
