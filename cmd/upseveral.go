package cmd

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

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

// member is a service, or one in one of its regions, on its way.
type member struct {
	group.Member           // its name is what begins lines of output
	from         UpOptions // it alone
	app          *engine.App
	set          *clients.Set
	result       engine.Result
	err          error
	change       string // a file that has changed, where that is asked for
	why          string // it is left out; "" = it is not
}

// upSeveral deploys several services, each after those that it depends on, or one to several
// regions. One that fails stops those that need it alone.
func upSeveral(ctx context.Context, s ui.Streams, d Deps, o UpOptions, all *config.Several) error {
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
	report.Head(ui.Count(len(members), all.Noun()) + ": " + strings.Join(namesOf(members), ", "))
	if err := acceptedElsewhere(ctx, members, report); err != nil {
		return err
	}
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
		goes = append(goes, m.Member)
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
	return o.endSeveral(s, d, report, all.Noun(), members, d.Now().Sub(started))
}

// acceptedElsewhere refuses what would fail in a region after the first, before the first gets
// anything.
func acceptedElsewhere(ctx context.Context, members []*member, report ui.Reporter) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, m := range members {
		if m.why != "" || m.set.Config.Elsewhere() == "" {
			continue
		}
		g.Go(func() error {
			if err := m.set.Engine(m.app, report).Accepts(ctx, m.app.App); err != nil {
				return errs.New(errs.KindOf(err), errs.HintOf(err), "%s: %w; nothing was released", m.Name, err)
			}
			return nil
		})
	}
	return g.Wait()
}

func namesOf(members []*member) (names []string) {
	for _, m := range members {
		names = append(names, m.Name)
	}
	return names
}

// openSeveral loads all before anything is done for one of them.
func openSeveral(ctx context.Context, d Deps, o UpOptions, all *config.Several) (members []*member, err error) {
	var changes clients.Changes
	if o.ChangedSince != "" {
		if changes, err = o.App.ChangesSince(ctx, o.ChangedSince); err != nil {
			return nil, err
		}
	}
	of := map[string][]string{} // names of members by service
	for _, named := range all.Members {
		opened, err := o.openMember(ctx, d, named)
		members = append(members, opened...)
		of[named.Name] = namesOf(opened)
		if err != nil {
			return members, err
		}
	}
	taken := map[string]string{}
	for _, m := range members {
		var needs []string
		for _, name := range m.Needs {
			if each, ok := of[name]; ok { // a service in several regions is there once it is in all
				needs = append(needs, each...)
			} else {
				needs = append(needs, name)
			}
		}
		m.Needs = needs
		where := strings.Join([]string{m.set.Config.Target, m.set.Config.Project, m.set.Config.Region, m.set.Service().Service}, ", ")
		if other, ok := taken[where]; ok {
			return members, errs.New(errs.Usage, "Give one of them another name, with the key service.", "%s and %s are both the service %s", other, m.Name, m.set.Service().Service)
		}
		taken[where] = m.Name
		if o.Async {
			if err := m.waits(members); err != nil {
				return members, err
			}
		}
		if o.ChangedSince == "" {
			continue
		}
		if m.change, err = changes.Of(d, m.app, m.from.App); err != nil {
			return members, err
		}
		if m.change == "" {
			m.why = "nothing that it is made of has changed since " + o.ChangedSince
		}
	}
	return members, nil
}

// openMember loads a service, or one in one of its regions: as many as those are, where it
// has several.
func (o UpOptions) openMember(ctx context.Context, d Deps, named config.Member) ([]*member, error) {
	m := &member{Member: group.Member{Name: named.Name, Needs: named.DependsOn}, from: o}
	m.from.App = o.App.One(named)
	var err error
	if m.app, m.set, err = m.from.open(ctx, d); err == nil {
		return []*member{m}, nil
	}
	regions, ok := several(err)
	if !ok {
		return nil, errs.New(errs.KindOf(err), errs.HintOf(err), "%s: %w", named.Name, err)
	}
	var members []*member
	for n, r := range regions.Members {
		opened, err := m.from.openMember(ctx, d, r)
		if err != nil {
			return members, err
		}
		m := opened[0]
		m.Name = named.Name + "/" + r.Name
		for i, need := range m.Needs {
			m.Needs[i] = named.Name + "/" + need
		}
		if n == 0 {
			m.Needs = named.DependsOn
		}
		members = append(members, m)
	}
	return members, nil
}

// waits refuses a member that needs another one of its run, which nobody waits for.
func (m *member) waits(members []*member) error {
	for _, other := range members {
		if slices.Contains(m.Needs, other.Name) {
			return errs.New(errs.Usage, "Leave --async out, or deploy them one after the other.", "--async waits for nobody, and %s comes after %s", m.Name, other.Name)
		}
	}
	return nil
}
