package run

import (
	"context"

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
	st.Traffic = append(st.Traffic, served(observed)...)
	return st, true, nil
}
