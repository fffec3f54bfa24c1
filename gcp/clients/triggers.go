package clients

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/setup"
	"github.com/gcpdeploy/gcpdeploy/gcp/trigger"
	"github.com/gcpdeploy/gcpdeploy/internal/doctor"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// KeptTrigger is what making a trigger came to, or would.
type KeptTrigger struct {
	Status  string // "created", "updated", "nothing_to_do", "would_create", "would_update"
	Trigger Trigger
	Change  TriggerChange // of an update
}

// KeepTrigger makes a trigger, or changes the one of that name to it. One that was not
// made here, or for another service, is not touched.
func (s *Set) KeepTrigger(ctx context.Context, t Trigger, dryRun bool) (KeptTrigger, error) {
	c := s.Triggers()
	now, err := c.Get(ctx, t.Name)
	absent := errs.KindOf(err) == errs.NotFound
	switch {
	case absent && dryRun:
		return KeptTrigger{Status: "would_create", Trigger: t}, nil
	case absent:
		made, err := c.Create(ctx, t)
		if gcp.Code(err) != codes.AlreadyExists {
			return KeptTrigger{Status: "created", Trigger: made}, s.Unconnected(err, t)
		}
		// Somebody else's in the same moment, or ours by an answer that was lost.
		if now, err = c.Get(ctx, t.Name); err != nil {
			return KeptTrigger{}, err
		}
	case err != nil:
		return KeptTrigger{}, err
	}
	if !now.Ours() || now.Service() != t.Service() {
		whose := "is not gcpdeploy's"
		if now.Ours() {
			whose = "deploys " + now.Service()
		}
		return KeptTrigger{}, errs.New(errs.Usage, "Choose another name with --name.", "the trigger %s is there, and %s", t.Name, whose)
	}
	change, changes, err := trigger.Changes(now, t)
	switch {
	case err != nil:
		return KeptTrigger{}, err
	case !changes && absent:
		return KeptTrigger{Status: "created", Trigger: now}, nil
	case !changes:
		return KeptTrigger{Status: "nothing_to_do", Trigger: now}, nil
	case dryRun:
		return KeptTrigger{"would_update", now, change}, nil
	}
	made, err := c.Update(ctx, now, change)
	return KeptTrigger{"updated", made, change}, s.Unconnected(err, t)
}

// TriggerState is a trigger with what became of it.
type TriggerState struct {
	Trigger
	Last     *plan.Outcome // its newest build; nil = there is none
	Outdated bool          // its builder image is not this program's: to make it again mends that
}

// ListTriggers gives the triggers of the region that were made here, by name, and the number
// of all others.
func (s *Set) ListTriggers(ctx context.Context) (ours []TriggerState, others int, err error) {
	all, err := s.Triggers().List(ctx)
	if err != nil {
		return nil, 0, err
	}
	for _, t := range all {
		if t.Ours() {
			ours = append(ours, TriggerState{Trigger: t})
		}
	}
	slices.SortFunc(ours, func(a, b TriggerState) int { return strings.Compare(a.Name, b.Name) })
	return ours, len(all) - len(ours), s.look(ctx, ours)
}

// ShowTrigger adds to a trigger what became of it.
func (s *Set) ShowTrigger(ctx context.Context, t Trigger) (TriggerState, error) {
	one := []TriggerState{{Trigger: t}}
	err := s.look(ctx, one)
	return one[0], err
}

// look adds what became of triggers.
func (s *Set) look(ctx context.Context, all []TriggerState) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	builds := s.builds()
	if builds.Region == "" {
		builds.Region = "global"
	}
	g.Go(func() error {
		now, ok, err := s.reg.Digest(gctx, plan.Builder, s.deps.Version())
		if err != nil && errs.KindOf(err) != errs.Auth { // who may not see it is not told
			return err
		}
		for i := range all { // whose Last is written meanwhile
			of, digest, _ := strings.Cut(all[i].Trigger.Builder(), "@")
			all[i].Outdated = err == nil && of == s.reg.Repository()+"/"+plan.Builder && (!ok || digest != now)
		}
		return nil
	})
	for i := range all {
		g.Go(func() error {
			last, ok, err := builds.OfTrigger(gctx, all[i].ID)
			if ok {
				all[i].Last = &last
			}
			return err
		})
	}
	return g.Wait()
}

// Older is said of a trigger whose builder image is another version's.
const Older = "runs another version of gcpdeploy; `gcpdeploy trigger create` with its settings mends that"

// triggersCheck looks at the triggers that there are. Who may see none of it has other
// lines about that.
func (s *Set) triggersCheck(ctx context.Context) []doctor.Finding {
	all, _, err := s.ListTriggers(ctx)
	if err != nil || len(all) == 0 {
		return nil
	}
	var old []doctor.Finding
	for _, t := range all {
		if t.Outdated {
			old = append(old, doctor.Finding{Mark: doctor.Warn, Text: t.Name + " " + Older})
		}
	}
	if len(old) > 0 {
		return old
	}
	return doctor.Well(ui.Count(len(all), "trigger") + " with this version of gcpdeploy")
}

// RunTrigger starts a trigger's build.
func (s *Set) RunTrigger(ctx context.Context, t Trigger, at TriggerAt) (plan.Outcome, error) {
	id, err := s.Triggers().Run(ctx, t, at)
	if err != nil {
		return plan.Outcome{}, err
	}
	return s.Build(ctx, id)
}

// DeleteTrigger removes a trigger that was made here.
func (s *Set) DeleteTrigger(ctx context.Context, t Trigger) (deleted bool, err error) {
	c := s.Triggers()
	if !t.Ours() {
		return false, errs.New(errs.Usage, "If it is to go, run `"+setup.Line("gcloud", "builds", "triggers", "delete", t.Name, "--region="+c.Region, "--project="+c.Project)+"`.",
			"the trigger %s is not gcpdeploy's", t.Name)
	}
	return c.Delete(ctx, t)
}

// TriggerNamed is the trigger of that name, or the service's only one.
func (s *Set) TriggerNamed(ctx context.Context, name string) (Trigger, error) {
	c := s.Triggers()
	if name != "" {
		return c.Get(ctx, name)
	}
	all, err := c.List(ctx)
	if err != nil {
		return Trigger{}, err
	}
	var mine []Trigger
	var names []string
	for _, t := range all {
		if t.Ours() && t.Service() == s.Config.Service {
			mine, names = append(mine, t), append(names, t.Name)
		}
	}
	slices.Sort(names)
	switch len(mine) {
	case 0:
		return Trigger{}, errs.New(errs.NotFound, "Run `gcpdeploy trigger create`, or `gcpdeploy trigger list` to see those of other services.", "there is no trigger of %s in %s", s.Config.Service, c.Region)
	case 1:
		return mine[0], nil
	}
	return Trigger{}, errs.New(errs.Usage, "Name one: `gcpdeploy trigger show "+names[0]+"`.", "%s has several triggers: %s", s.Config.Service, strings.Join(names, ", "))
}
