package appengine

import (
	"context"
	"fmt"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/gcp/logging"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Observe gives the service of a release as it is, and a function that says whether
// releasing it with the image of a digest would change nothing. Versions that run for
// nobody are something to do: a release that was ended early left them.
func (t Target) Observe(ctx context.Context, s release.Spec) (release.Service, func(digest string) bool, error) {
	o, err := optionsOf(s)
	if err != nil {
		return release.Service{}, nil, err
	}
	seen, err := t.look(ctx, s)
	if err != nil || len(seen.versions) == 0 {
		return release.Service{}, func(string) bool { return false }, err
	}
	files, err := t.asFiles(ctx, s.Project, o.files())
	if err != nil {
		return release.Service{}, nil, err
	}
	v := seen.shown()
	if s.NoTraffic { // who asks for that asks about the newest
		v = seen.versions[0]
	}
	now := release.Service{
		Exists: true, URL: v.serviceURL(), Revision: v.ID, Image: v.Deployment.Container.Image, Pinned: seen.pinned(), Canary: seen.canary(),
	}
	if now.Changes, err = changes(s, v); err != nil {
		return release.Service{}, nil, err
	}
	if shares := seen.shares(); len(shares) > 1 || seen.pinned() {
		now.Shares = shares
	}
	return now, func(digest string) bool {
		w, err := want(s, s.Image+"@"+digest)
		if err == nil && s.NoTraffic {
			return w.is(seen.versions[0])
		}
		if err != nil || !files || now.Canary != "" || o.Stop() && len(seen.idle(nil)) > 0 {
			return false
		}
		current, ok := seen.current()
		return ok && w.is(current) && !current.stopped()
	}, nil
}

// shown is the version that stands for a service: the one with most of the traffic.
func (n sight) shown() existing {
	for _, share := range n.shares() {
		if v, ok := n.at(share.Revision); ok {
			return v
		}
	}
	return n.versions[0]
}

// pinned says that the newest version has none of the traffic.
func (n sight) pinned() bool {
	return len(n.versions) > 0 && len(n.Split.Allocations) > 0 && !n.serves(n.versions[0].ID)
}

// State gives a service as it is; ok is false when there is none.
func (t Target) State(ctx context.Context, s release.Spec) (st release.State, ok bool, err error) {
	now, err := t.look(ctx, s)
	if err != nil || len(now.versions) == 0 {
		return st, false, err
	}
	v := now.shown()
	st = release.State{
		URL: v.serviceURL(), Revision: v.ID, Image: v.Deployment.Container.Image, Ready: !v.stopped(),
		Traffic: append([]release.Share{}, now.shares()...), Pinned: now.pinned(), Canary: now.canary(), Origin: v.note().origin(),
		Run: v.note().run().ID, Modified: v.CreateTime, By: v.CreatedBy,
	}
	for _, other := range now.versions {
		switch {
		case other.stopped():
			st.Stopped = append(st.Stopped, other.ID)
		case !now.serves(other.ID):
			st.Idle = append(st.Idle, other.ID)
		}
	}
	if v.stopped() {
		st.Message = "version " + v.ID + " is stopped"
	}
	return st, true, nil
}

// Revisions gives the versions of a service, the newest first.
func (t Target) Revisions(ctx context.Context, s release.Spec) ([]release.Revision, error) {
	now, err := t.look(ctx, s)
	if err != nil || len(now.versions) == 0 {
		return nil, err
	}
	return t.revisions(ctx, s, now)
}

func (t Target) revisions(ctx context.Context, s release.Spec, now sight) (all []release.Revision, err error) {
	under, err := t.pending(ctx, s.Project)
	if err != nil {
		return nil, err
	}
	for _, v := range now.versions {
		n := v.note()
		r := release.Revision{
			Name: v.ID, Image: v.Deployment.Container.Image, Created: v.CreateTime, Ready: true, Stopped: v.stopped(),
			Percent: now.percent(v.ID), Run: n.run(), Origin: n.origin(), Before: n.Before,
		}
		if slices.ContainsFunc(under, func(op operation) bool {
			return op.Metadata.Target == versionNamed(s, v.ID) && op.creates()
		}) {
			r.Ready, r.Message = false, "it is being started"
		}
		all = append(all, r)
	}
	return all, nil
}

// Logs hands on the newest lines of a service: what it wrote, and its requests.
func (t Target) Logs(ctx context.Context, s release.Spec, q release.Query, each func(release.Line) error) error {
	return t.logs.Lines(ctx, "reading the service's log", logging.Service{
		Project: s.Project, Revision: "version_id",
		Filter: fmt.Sprintf(`resource.type="gae_app" AND resource.labels.module_id=%q`, s.Service),
	}, q, each)
}
