package run

import (
	"context"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// State gives a service as it is; ok is false when there is none.
func (t Target) State(ctx context.Context, s release.Spec) (st release.State, ok bool, err error) {
	observed, ok, err := t.client.Get(ctx, s.Project, s.Region, s.Service)
	if err != nil || !ok {
		return st, false, err
	}
	st = release.State{
		URL: observed.GetUri(), Revision: short(observed.GetLatestReadyRevision()), Image: image(observed),
		Ready: Ready(observed), Message: message(observed), Traffic: []release.Share{}, Pinned: pinned(observed), Held: held(observed), Canary: canaryOf(observed),
		Origin: originOf(observed), Run: RunOf(observed).ID,
		Modified: observed.GetUpdateTime().AsTime(), By: observed.GetLastModifier(),
	}
	if st.Held { // by the revision that is tried, which is not what serves
		st.Revision = most(served(observed))
		v, err := t.client.revision(ctx, observed.GetName()+"/revisions/"+st.Revision)
		if err != nil {
			return st, false, err
		}
		st.Image = imageOf(v)
		st.Ready, st.Message = readiness(v)
	}
	st.Private = !observed.GetInvokerIamDisabled() && t.client.private(ctx, s)
	st.Traffic = append(st.Traffic, served(observed)...)
	return st, true, nil
}

// most is the revision with most of the traffic.
func most(shares []release.Share) (revision string) {
	percent := 0
	for _, s := range shares {
		if s.Percent > percent {
			revision, percent = s.Revision, s.Percent
		}
	}
	return revision
}

// message says why a service is not ready. While it changes Cloud Run often says nothing.
func message(s *runpb.Service) string {
	if text := s.GetTerminalCondition().GetMessage(); text != "" || Ready(s) {
		return text
	}
	for _, c := range s.GetConditions() {
		if c.GetState() != runpb.Condition_CONDITION_SUCCEEDED && c.GetMessage() != "" {
			return c.GetMessage()
		}
	}
	if s.GetReconciling() || s.GetObservedGeneration() != s.GetGeneration() {
		return "a change is under way"
	}
	if made := s.GetLatestCreatedRevision(); made != s.GetLatestReadyRevision() {
		return "revision " + short(made) + " is not ready"
	}
	return "Cloud Run does not say why"
}
