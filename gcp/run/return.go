package run

import (
	"context"
	"slices"
	"strings"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Return gives the traffic of a service back to the revisions that had it before
// a release. It leaves a service alone that another run, or somebody, has changed since.
func (t Target) Return(ctx context.Context, s release.Spec, r release.Released, by release.Run) (before []release.Share, err error) {
	for _, share := range r.Before {
		if share.Percent > 0 && share.Revision != "" {
			before = append(before, share)
		}
	}
	if len(before) == 0 || slices.ContainsFunc(before, func(b release.Share) bool { return b.Revision == r.Revision }) {
		return nil, nil // it served before as well
	}
	doing := "giving the traffic of " + s.Service + " back"
	operation, err := t.client.Update(ctx, s, doing, func(observed *runpb.Service) (*runpb.Service, error) {
		if observed == nil || RunOf(observed) != by || short(observed.GetLatestReadyRevision()) != r.Revision {
			before = nil
			return nil, nil
		}
		if latestShare(observed.GetTraffic()) == 0 { // an answer was lost, or somebody was quicker
			return nil, nil
		}
		return shifted(observed, release.Split{Shares: before})
	})
	if err != nil || operation == "" {
		return before, err
	}
	op, err := t.client.follow(ctx, operation, doing, nil)
	if err != nil {
		return nil, err
	}
	if err := gcp.Failed(op); err != nil {
		return nil, errs.New(errs.Build, "", "%s: %w", doing, err)
	}
	return before, nil
}

// hidden says why a build cannot ask a service's URL.
func hidden(s *runpb.Service) string {
	switch {
	case s.GetUri() == "" || s.GetDefaultUriDisabled():
		return "the service has no URL of its own"
	case s.GetIngress() != runpb.IngressTraffic_INGRESS_TRAFFIC_UNSPECIFIED && s.GetIngress() != runpb.IngressTraffic_INGRESS_TRAFFIC_ALL:
		return "its ingress is not open to all"
	case s.GetIapEnabled():
		return "callers sign in to Identity-Aware Proxy"
	}
	return ""
}

// ofFront begin what Cloud Run itself answers where a container gives no answer
// (cloud.google.com/run/docs/troubleshooting).
var ofFront = []string{
	"The request failed because either the HTTP response was malformed",
	"upstream connect error",
	"upstream request timeout",
	"Service Unavailable",
	"The request was aborted because there was no available instance",
	"no healthy upstream",
}

// front says whether an answer is Cloud Run's own, in the place of the app's.
func front(status int, line string) bool {
	return status >= 500 && slices.ContainsFunc(ofFront, func(text string) bool { return strings.HasPrefix(line, text) })
}
