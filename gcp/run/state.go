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
		Ready: Ready(observed), Message: observed.GetTerminalCondition().GetMessage(), Traffic: []release.Share{},
	}
	for _, share := range observed.GetTrafficStatuses() {
		revision := short(share.GetRevision())
		if share.GetType() == runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST {
			revision = st.Revision
		}
		st.Traffic = append(st.Traffic, release.Share{Revision: revision, Percent: int(share.GetPercent()), Tag: share.GetTag()})
	}
	return st, true, nil
}
