package promote

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
)

// Look says what promoting would do. It changes nothing.
func (p Promoter) Look(ctx context.Context, o Options) (Promotion, error) {
	from, to := release.Of(p.From.Config), release.Of(p.To.Config)
	to.NoTraffic, to.Tag = o.NoTraffic, o.Tag
	if err := p.fits(from, to); err != nil {
		return Promotion{}, err
	}
	rev, err := p.promoted(ctx, from, o.Revision)
	if err != nil {
		return Promotion{}, err
	}
	m := Promotion{Type: "promotion", From: p.From.place(), To: p.To.place(), File: p.File, Origin: rev.Origin, Keys: []string{}, Differs: differs(p.To.Kind.Config.Section, from, to), Notes: []string{}}
	m.From.Revision = rev.Name
	name, digest, ok := strings.Cut(rev.Image, "@")
	if want := p.From.Registry.Repository() + "/" + p.From.Config.Service; !ok || name != want {
		return m, errs.New(errs.Usage, "Run "+p.From.command("up")+" first, which makes one.", "%s runs %s, which is no image by digest of %s", rev.Name, rev.Image, want)
	}
	m.Digest = digest
	if err := p.tested(ctx, &m); err != nil {
		return m, err
	}
	to.Origin = rev.Origin
	place := plan.Place{Project: to.Project, Region: to.Region, Home: p.To.Config.Home(), Repository: p.To.Registry.Repository(), Version: p.Version}
	wanted := plan.ReleaseOf(plan.App{Config: p.To.Config, Release: to}, place)
	now, same, err := p.To.Target.Observe(ctx, wanted)
	if err != nil {
		return m, err
	}
	m.Current, m.plan = now, plan.Promotion(p.To.Config, to, place, now, digest)
	m.Image, m.Changes = wanted.Image+"@"+digest, m.plan.Changes
	m.Notes = append(m.Notes, m.plan.Notes...)
	if says := p.To.Kind.Notes; says != nil {
		m.Notes = append(m.Notes, says(wanted)...)
	}
	if now.Exists && same(digest) {
		busy, err := p.Busy(ctx) // a run that started before this one must not win
		m.NothingToDo = !busy
		return m, err
	}
	return m, nil
}

// fits refuses environments between which nothing can be promoted.
func (p Promoter) fits(from, to release.Spec) error {
	a, b := p.From.place(), p.To.place()
	if a.Env, b.Env = "", ""; a == b {
		return errs.New(errs.Usage, "Give the environments a project, region or service of their own; a variable or flag that names one holds for both.",
			"%s and %s are the same place: %s of %s in %s, %s", p.From.Name(), p.To.Name(), a.Service, p.From.Kind.Title, a.Project, a.Region)
	}
	if from.Port != to.Port {
		return errs.New(errs.Usage, "Give both the same port, and deploy the first one again.",
			"the image is made for port %d, which %s says, and %s wants it to listen on %d", from.Port, p.From.Name(), p.To.Name(), to.Port)
	}
	switch {
	case to.Tag == "":
		return nil
	case p.To.Kind.Tag == nil:
		return errs.New(errs.Usage, "Leave it out.", "--tag: %s knows no tags", p.To.Kind.Title)
	}
	if err := p.To.Kind.Tag(to.Service, to.Tag); err != nil {
		return errs.New(errs.Usage, errs.HintOf(err), "--tag: %w", err)
	}
	return nil
}

// promoted is the revision whose image is promoted: the one that is named, or that has all
// of the traffic.
func (p Promoter) promoted(ctx context.Context, s release.Spec, named string) (rev release.Revision, err error) {
	all, err := p.From.Target.Revisions(ctx, s)
	if err != nil {
		return rev, err
	}
	if len(all) == 0 {
		return rev, errs.New(errs.NotFound, "Run "+p.From.command("up")+" first.", "there is no service %s in %s (%s, %s)", s.Service, p.From.Name(), s.Project, s.Region)
	}
	var names []string
	sole := cmp.Or(named, release.Sole(release.Parts(all)))
	for _, r := range all {
		names = append(names, r.Name)
		if r.Name == sole && !r.Ready {
			return rev, errs.New(errs.Usage, "Name one that is ready, with --revision.", "revision %s is not ready: %s", r.Name, cmp.Or(r.Message, "it does not say why"))
		}
		if r.Name == sole {
			return r, nil
		}
	}
	if named != "" {
		return rev, errs.New(errs.Usage, cmp.Or(suggest.Hint(named, names), "Leave it out for what serves there."), "there is no revision %s of %s in %s", named, s.Service, p.From.Name())
	}
	return rev, errs.New(errs.Usage, "Name one of them with --revision.", "no revision of %s has all of the traffic in %s: %s",
		s.Service, p.From.Name(), cmp.Or(plan.Shares(release.Parts(all)), "none has any"))
}

// tested finds the keys that say that the image was tested, and the runtime that it was
// made on: by these a deploy of the same source finds that nothing is to do.
func (p Promoter) tested(ctx context.Context, m *Promotion) error {
	service := p.From.Config.Service
	tags, ok, err := p.From.Registry.Tagged(ctx, service, m.Digest)
	switch {
	case err != nil:
		return err
	case !ok:
		return errs.New(errs.NotFound, "Run "+p.From.command("up")+" again.", "the image of %s is no more in %s: %s", m.From.Revision, p.From.Registry.Repository(), m.Digest)
	}
	if m.Keys = (inventory.Image{Tags: tags}).Keys(); len(m.Keys) == 0 {
		m.Keys = []string{}
		m.Notes = append(m.Notes, fmt.Sprintf("no key is left at the image of %s: `gcpdeploy up` in %s builds this source again", m.From.Revision, p.To.Name()))
		return nil
	}
	labels, err := p.From.Registry.Labels(ctx, service, m.Digest)
	if err != nil {
		return err
	}
	made, ok := (inventory.Image{Labels: labels}).Made()
	if !ok || made.Runtime.Hash == "" {
		return nil
	}
	digest, ok, err := p.From.Registry.Digest(ctx, plan.Runtime, made.Runtime.Hash)
	if err != nil || !ok {
		return err
	}
	if _, app := made.Seeds.Keys(digest); slices.Contains(m.Keys, app.Hash) { // else it was made on another one
		m.Runtime, m.runtimeKey = digest, made.Runtime.Hash
	}
	return nil
}

// short is a digest for people.
func short(digest string) string { return "sha256:" + key.Short(digest) }
