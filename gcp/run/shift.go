package run

import (
	"context"

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
	operation, err := t.client.Update(ctx, s, doing, func(observed *runpb.Service) (*runpb.Service, error) {
		if err := mayShift(observed, s, to); err != nil {
			return nil, err
		}
		now = served(observed)
		return shifted(observed, to), nil
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
	if err := gcp.Failed(op); err != nil && !release.SameShares(now, asked(observed, to)) {
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
	case to.Run.ID != "" && by.ID == to.Run.ID: // the answer to an update of ours was lost
	case to.Run.ID != "" && to.Run.YieldsTo(by):
		return errs.New(errs.Superseded, "", "run %s, which started later, has changed %s: its traffic stays as it is", by.ID, s.Service)
	case to.From != nil && !release.SameShares(to.From, served(observed)):
		return errs.New(errs.Superseded, "", "the traffic of %s has moved meanwhile: it stays as it is", s.Service)
	}
	return nil
}

// shifted is a service with its traffic divided; nil where it is so already. Tags stay
// where they are.
func shifted(observed *runpb.Service, to release.Split) *runpb.Service {
	s := Input(observed) // with its template's name, where somebody gave one: another would make a revision
	s.Traffic = pins(to.Shares)
	if len(to.Shares) == 0 {
		s.Traffic = []*runpb.TrafficTarget{{Type: latest, Percent: 100}}
	}
	s.Traffic = append(s.Traffic, tagged(observed.GetTraffic())...)
	noteStep(s, to)
	same := s.Annotations[canaryKey] == observed.GetAnnotations()[canaryKey] && proto.Equal(comparable(s), comparable(observed))
	if same && release.SameShares(served(observed), asked(observed, to)) {
		return nil
	}
	annotate(&s.Annotations, heldKey, "") // from now on it is asked for
	if to.Run.ID != "" {
		if s.Annotations == nil {
			s.Annotations = map[string]string{}
		}
		s.Annotations[runKey] = to.Run.String()
	}
	return s
}

// asked is a split as the service shows it.
func asked(s *runpb.Service, to release.Split) []release.Share {
	if len(to.Shares) == 0 {
		return []release.Share{{Revision: short(s.GetLatestReadyRevision()), Percent: 100}}
	}
	return to.Shares
}
