package run

import (
	"context"
	"fmt"
	"strings"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// conflicts is how often a deploy merges again because something else changed
// the service, or because an answer was lost.
const conflicts = 8

// Deploy makes a service what d says and waits until its new revision serves.
// progress, where not nil, is told what Cloud Run says while it waits. A service
// that a later run wrote is left alone: errs.Superseded. A revision that does not
// come up is errs.Build with its own message; what served before still does.
func (c *Client) Deploy(ctx context.Context, d Desired, progress func(string)) (release.Released, error) {
	doing := "releasing " + d.Service
	r := release.Released{Image: d.Image}
	private := false // the invoker check cannot be turned off
	pauses := c.access.Backoff(c.endpoint())
	for try := range conflicts {
		observed, ok, err := c.Get(ctx, d.Project, d.Region, d.Service)
		if err != nil {
			return r, err
		}
		if ok && Superseded(observed, d.Run) {
			if already := Merge(observed, d); Same(observed, already) {
				// The newer run released the very same.
				r.Revision, r.URL, r.Percent = short(observed.GetLatestReadyRevision()), observed.GetUri(), latestShare(observed.GetTraffic())
				return r, nil
			}
			r.Superseded = RunOf(observed).ID
			return r, errs.New(errs.Superseded, "", "superseded by run %s, which started later: %s is left as it is", r.Superseded, d.Service)
		}
		s := Merge(observed, d)
		if private {
			s.InvokerIamDisabled = false
			s.Annotations[publicKey] = publicByIAM
		}
		op, err := c.send(ctx, d, observed, s)
		switch code := gcp.Code(err); {
		case err == nil:
			return c.finish(ctx, d, op, progress, private)
		case ctx.Err() != nil:
			return r, gcp.Error(context.Cause(ctx), doing)
		case !private && s.InvokerIamDisabled && !observed.GetInvokerIamDisabled() &&
			(code == codes.PermissionDenied || code == codes.FailedPrecondition):
			// That needs a right of its own, or is against a policy; the rest may do.
			private = true
		case again(code, ok):
			// The same update once more is harmless: an unchanged template makes no revision.
			if err := poll.Sleep(ctx, c.access.Clock, pauses.Pause(try)); err != nil {
				return r, gcp.Error(err, doing)
			}
		default:
			return r, c.access.Error(err, c.endpoint(), doing)
		}
	}
	return r, errs.New(errs.Transient, "Run again.", "%s: something else keeps changing the service", doing)
}

// again says whether to merge and send again after an error.
func again(code codes.Code, existed bool) bool {
	switch code {
	case codes.Aborted, codes.Unavailable, codes.DeadlineExceeded:
		return true
	case codes.AlreadyExists:
		return !existed
	case codes.NotFound:
		return existed
	}
	return false
}

// send creates the service, or updates it from the state that was observed. It
// gives the name of the operation.
func (c *Client) send(ctx context.Context, d Desired, observed, s *runpb.Service) (string, error) {
	r, err := c.services()
	if err != nil {
		return "", err
	}
	s = Input(s)
	if observed == nil {
		// Not an update that may create: two first deploys would overwrite each other.
		s.Name = ""
		op, err := r.CreateService(ctx, &runpb.CreateServiceRequest{
			Parent: "projects/" + d.Project + "/locations/" + d.Region, ServiceId: d.Service, Service: s,
		}, gcp.Once)
		if err != nil {
			return "", err
		}
		return op.Name(), nil
	}
	s.Etag = observed.GetEtag()
	op, err := r.UpdateService(ctx, &runpb.UpdateServiceRequest{Service: s}, gcp.Once)
	if err != nil {
		return "", err
	}
	return op.Name(), nil
}

// finish waits for an operation and says what came of it.
func (c *Client) finish(ctx context.Context, d Desired, name string, progress func(string), private bool) (release.Released, error) {
	doing := "releasing " + d.Service
	r := release.Released{Image: d.Image}
	warnings := c.public(ctx, d, private)
	services, err := c.services()
	if err != nil {
		return r, err
	}
	told := ""
	op, err := c.access.Wait(ctx, c.endpoint(), doing, name, waiting(services), func(op *longrunningpb.Operation) {
		if now := waitingFor(op); progress != nil && now != "" && now != told {
			told = now
			progress(now)
		}
	})
	if err != nil {
		return r, err
	}
	if err := gcp.Failed(op); err != nil {
		return r, c.failed(ctx, d, err)
	}
	s := &runpb.Service{}
	if err := op.GetResponse().UnmarshalTo(s); err != nil {
		return r, errs.New(errs.Internal, "", "%s: reading the answer: %w", doing, err)
	}
	r.Revision, r.URL, r.Percent = short(s.GetLatestReadyRevision()), s.GetUri(), latestShare(s.GetTraffic())
	if r.Percent < 100 {
		warnings = append(warnings, fmt.Sprintf("the new revision gets %d %% of the traffic: others split it", r.Percent))
	}
	r.Warning = strings.Join(warnings, "; ")
	return r, nil
}

// waitingFor is what Cloud Run says it is doing.
func waitingFor(op *longrunningpb.Operation) string {
	var s runpb.Service
	if op.GetMetadata() == nil || op.GetMetadata().UnmarshalTo(&s) != nil {
		return ""
	}
	for _, now := range s.GetConditions() {
		if now.GetState() == runpb.Condition_CONDITION_RECONCILING && now.GetMessage() != "" {
			return now.GetMessage()
		}
	}
	return ""
}

// failed is the error of a rollout that did not end well, in the words of the
// revision that did not come up.
func (c *Client) failed(ctx context.Context, d Desired, err error) error {
	const hint = "Run `gcpdeploy logs` for the app's own output; what served before still does."
	if s, ok, gerr := c.Get(ctx, d.Project, d.Region, d.Service); gerr == nil && ok {
		v, verr := c.revision(ctx, s.GetLatestCreatedRevision())
		if verr == nil && s.GetLatestCreatedRevision() != s.GetLatestReadyRevision() {
			for _, cond := range v.GetConditions() {
				if cond.GetState() == runpb.Condition_CONDITION_FAILED && cond.GetMessage() != "" {
					return errs.New(errs.Build, hint, "releasing %s: revision %s: %s", d.Service, short(v.GetName()), cond.GetMessage())
				}
			}
		}
	}
	return errs.New(errs.Build, hint, "releasing %s: %w", d.Service, gcp.Error(err, "the rollout failed"))
}
