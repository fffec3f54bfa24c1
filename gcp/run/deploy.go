package run

import (
	"context"
	"fmt"
	"strings"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Deploy makes a service what d says and waits until its new revision serves.
// progress, where not nil, is told what Cloud Run says while it waits. A service
// that a later run wrote is left alone: errs.Superseded. A revision that does not
// come up is errs.Build with its own message; what served before still does. Traffic
// that is fixed to revisions, as after a rollback, stays there until the new one is
// ready: until then "the latest" is the very one that may have been rolled back, or that
// another run tries.
func (c *Client) Deploy(ctx context.Context, d Desired, progress func(string)) (release.Released, error) {
	try := deploy{client: c, d: d, doing: "releasing " + d.Service, r: release.Released{Image: d.Image}}
	for n := range trials {
		try.last = n == trials-1
		r, err := try.update(ctx, progress)
		if err != nil || r.Superseded != "" || !try.held {
			return r, err
		}
	}
	return try.r, nil
}

// trials is how often a release has the traffic wait for its revision, as long as others
// put one of theirs in its place meanwhile.
const trials = 4

// update sends the service once, and waits for what comes of it.
func (t *deploy) update(ctx context.Context, progress func(string)) (release.Released, error) {
	operation, err := t.client.Update(ctx, t.d.Spec, t.doing, t.wanted)
	if code := gcp.Code(err); t.asked && (code == codes.PermissionDenied || code == codes.FailedPrecondition) {
		// Turning the invoker check off needs a right of its own, or is against a
		// policy; the rest may do.
		t.private = true
		operation, err = t.client.Update(ctx, t.d.Spec, t.doing, t.wanted)
	}
	if err != nil || operation == "" {
		return t.r, err
	}
	return t.finish(ctx, operation, progress)
}

// deploy is one Deploy under way.
type deploy struct {
	client  *Client
	d       Desired
	doing   string
	asked   bool // the last update turns the invoker check off
	private bool // that was refused
	held    bool // the traffic was left where it was fixed
	last    bool // it is left there no longer
	r       release.Released
}

// wanted is what to send: nothing where a newer run has released the very same.
func (t *deploy) wanted(observed *runpb.Service) (*runpb.Service, error) {
	s := Merge(observed, t.d)
	if t.held = !t.last && fixed(observed) && !t.d.NoTraffic && !t.d.beside() && renewed(observed, s); t.held {
		d := t.d
		d.waits = true
		s = Merge(observed, d)
	}
	if t.d.Trial { // known before it is there
		t.r.Revision = atTag(s, trialTag(t.d.Run))
	}
	if RunOf(observed) != t.d.Run { // else the answer to an update of ours was lost
		t.r.Before = served(observed)
	}
	if t.d.Preview != nil {
		return t.preview(observed, s)
	}
	if Superseded(observed, t.d.Run) {
		if Same(observed, s) {
			t.r.Revision, t.r.URL, t.r.Percent = short(observed.GetLatestReadyRevision()), observed.GetUri(), newestShare(observed)
			return nil, nil
		}
		t.r.Superseded = RunOf(observed).ID
		return nil, errs.New(errs.Superseded, "", "superseded by run %s, which started later: %s is left as it is", t.r.Superseded, t.d.Service)
	}
	if t.private {
		s.InvokerIamDisabled = false
		s.Annotations[publicKey] = publicByIAM
	}
	t.asked = !t.d.beside() && s.InvokerIamDisabled && !observed.GetInvokerIamDisabled()
	return s, nil
}

// finish waits for the operation and says what came of it.
func (t *deploy) finish(ctx context.Context, operation string, progress func(string)) (release.Released, error) {
	may := make(chan callers, 1)
	go func() { // while the rollout goes on
		if t.d.beside() { // which leaves callers who they are
			may <- callers{private: t.client.private(ctx, t.d.Spec)}
			return
		}
		may <- t.client.public(ctx, t.d, t.private)
	}()
	op, err := t.client.follow(ctx, operation, t.doing, progress)
	who := <-may
	if err != nil {
		return t.r, err
	}
	if err := gcp.Failed(op); err != nil {
		return t.r, t.client.failed(ctx, t.d, err, progress)
	}
	s := &runpb.Service{}
	if err := op.GetResponse().UnmarshalTo(s); err != nil {
		return t.r, errs.New(errs.Internal, "", "%s: reading the answer: %w", t.doing, err)
	}
	t.r.Revision, t.r.URL, t.r.Percent = short(s.GetLatestReadyRevision()), s.GetUri(), newestShare(s)
	if t.d.Preview == nil && Superseded(s, t.d.Run) { // while it was rolled out
		t.r.Superseded = RunOf(s).ID
		return t.r, nil
	}
	tag := t.d.Tag
	if t.d.Trial {
		tag = trialTag(t.d.Run)
	}
	if t.d.beside() {
		t.r.Revision = atTag(s, tag)
	}
	if url := tagURL(s, tag); url != "" && t.r.Percent == 0 {
		t.r.URL, t.r.Audience = url, t.r.URL
	}
	t.r.Hidden = hidden(s)
	t.r.Private, t.r.Closed = who.private && !s.GetInvokerIamDisabled(), who.closed
	var warnings []string
	if who.warning != "" {
		warnings = append(warnings, who.warning)
	}
	switch {
	case t.d.beside():
	case t.r.Percent == 0 && t.d.NoTraffic && t.d.Tag == "":
		t.r.Hidden = "it has no traffic, and no URL of its own"
	case t.r.Percent < 100:
		warnings = append(warnings, fmt.Sprintf("the new revision gets %d %% of the traffic: others split it", t.r.Percent))
	}
	t.r.Warning = strings.Join(warnings, "; ")
	return t.r, nil
}
