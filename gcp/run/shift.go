package run

import (
	"context"
	"slices"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Shift divides the traffic of a service: among revisions, which pins it to them, or
// all of it to the latest. Which run did is written at the service, as a release's is:
// a release that started earlier and comes later finds it there, and yields.
func (t Target) Shift(ctx context.Context, s release.Spec, to release.Split, progress func(string)) (now []release.Share, err error) {
	doing := "dividing the traffic of " + s.Service
	var want *runpb.Service
	operation, err := t.client.Update(ctx, s, doing, func(observed *runpb.Service) (_ *runpb.Service, err error) {
		if err := mayShift(observed, s, to); err != nil {
			return nil, err
		}
		now = served(observed)
		want, err = shifted(observed, to)
		return want, err
	})
	if err != nil || operation == "" {
		return now, err
	}
	op, err := t.client.follow(ctx, operation, doing, progress)
	if err != nil {
		return nil, err
	}
	// The operation of a service whose newest revision is not ready may end badly, and
	// the traffic has moved all the same: the service says.
	observed, _, err := t.client.Get(ctx, s.Project, s.Region, s.Service)
	if err != nil {
		return nil, err
	}
	now = served(observed)
	observed.Traffic = want.Traffic // which others may have changed since
	if err := gcp.Failed(op); err != nil && (!release.SameShares(now, divided(observed)) || !showsTags(observed)) {
		return nil, errs.New(errs.Build, "Run `gcpdeploy logs` for the revision's own output.", "%s: %w", doing, err)
	}
	return now, nil
}

// mayShift refuses what Shift is not to change.
func mayShift(observed *runpb.Service, s release.Spec, to release.Split) error {
	by := RunOf(observed)
	switch {
	case observed == nil:
		return errs.New(errs.NotFound, "Run `gcpdeploy up`.", "there is no service %s in %s, %s", s.Service, s.Project, s.Region)
	case to.Keep:
	case to.Run.ID != "" && by.ID == to.Run.ID: // the answer to an update of ours was lost
	case to.Run.ID != "" && to.Run.YieldsTo(by):
		return errs.New(errs.Superseded, "", "run %s, which started later, has changed %s: its traffic stays as it is", by.ID, s.Service)
	case to.From != nil && !release.SameShares(to.From, served(observed)):
		return errs.New(errs.Superseded, "", "the traffic of %s has moved meanwhile: it stays as it is", s.Service)
	}
	return nil
}

// shifted is a service with its tags changed and its traffic divided; nil where all is so
// already. Tags that are not to change stay where they are.
func shifted(observed *runpb.Service, to release.Split) (*runpb.Service, error) {
	s := Input(observed) // with its template's name, where somebody gave one: another would make a revision
	retag(s, to.Tags)
	if !to.Keep {
		shares, err := meant(s, observed, to)
		if err != nil {
			return nil, err
		}
		tags := tagged(s.Traffic)
		if s.Traffic = pins(shares); len(shares) == 0 {
			s.Traffic = []*runpb.TrafficTarget{{Type: latest, Percent: 100}}
		}
		s.Traffic = append(s.Traffic, tags...)
		noteStep(s, to)
	}
	will := Input(s)
	will.LatestReadyRevision = observed.GetLatestReadyRevision()
	same := s.Annotations[canaryKey] == observed.GetAnnotations()[canaryKey] && proto.Equal(comparable(s), comparable(observed))
	if same && release.SameShares(served(observed), divided(will)) {
		return nil, nil
	}
	if to.Keep {
		return s, nil
	}
	annotate(&s.Annotations, heldKey, "") // from now on it is asked for
	if to.Run.ID != "" {
		annotate(&s.Annotations, runKey, to.Run.String())
	}
	return s, nil
}

// meant is the shares that are asked for, by revision, once the tags are changed.
func meant(s, observed *runpb.Service, to release.Split) (shares []release.Share, err error) {
	at := map[string]string{}
	for _, share := range to.Shares {
		if share.Revision == "" {
			share.Revision = atTag(s, share.Tag)
			if n := slices.IndexFunc(s.Traffic, func(t *runpb.TrafficTarget) bool { return t.GetTag() == share.Tag }); n < 0 {
				return nil, errs.New(errs.Usage, "Run `gcpdeploy traffic`: it shows the tags that there are.", "no revision of %s has the tag %s", short(observed.GetName()), share.Tag)
			}
			if share.Revision == "" { // a tag of whichever is the latest
				share.Revision = short(observed.GetLatestReadyRevision())
			}
			if other, ok := at[share.Revision]; ok {
				return nil, errs.New(errs.Usage, "Leave one of them out.", "the tags %s and %s are both of %s", other, share.Tag, share.Revision)
			}
			at[share.Revision] = share.Tag
		}
		shares = append(shares, release.Share{Revision: share.Revision, Percent: share.Percent})
	}
	if !to.Rest {
		return shares, nil
	}
	return release.Fill(shares, divided(observed))
}
