package run

import (
	"context"
	"math/rand/v2"
	"time"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

const (
	// conflicts is how often an update is made anew because an answer was lost, or at least
	// because something else changed the service.
	conflicts = 8
	// contended is how long it is made anew because something else did: each time somebody
	// has come to their end, so that of thirty runs at once all do.
	contended = 5 * time.Minute
)

// Update sends what wanted makes of a service as it is, nil where there is none,
// and gives the name of the operation that does it, for follow. wanted is asked anew
// when something else changed the service meanwhile. Where it gives nil
// there is nothing to do, and no operation. doing is for the error.
func (c *Client) Update(ctx context.Context, at release.Spec, doing string, wanted func(observed *runpb.Service) (*runpb.Service, error)) (operation string, err error) {
	pauses, gone, lost := c.access.Backoff(c.endpoint()), false, 0
	until := c.access.Clock.Now().Add(contended)
	for try := 0; lost < conflicts && (try < conflicts || c.access.Clock.Now().Before(until)); try++ {
		observed, ok, err := c.Get(ctx, at.Project, at.Region, at.Service)
		if err != nil {
			return "", err
		}
		s, err := wanted(observed)
		if err != nil || s == nil {
			return "", err
		}
		operation, err := c.send(ctx, at, observed, s)
		switch {
		case err == nil:
			return operation, nil
		case ctx.Err() != nil:
			return "", gcp.Error(context.Cause(ctx), doing)
		case !again(gcp.Code(err), ok) && (!gcp.Expired(err) || try > 0), gone && ok: // it is something else that is not there
			return "", c.access.Error(err, c.endpoint(), doing)
		}
		gone = gcp.Code(err) == codes.NotFound
		if gcp.Code(err) != codes.Aborted {
			lost++
		}
		// The same update once more is harmless: an unchanged template makes no revision.
		// Those who were refused at the same time come not at the same time again.
		pause := pauses.Pause(try)
		if err := poll.Sleep(ctx, c.access.Clock, pause/2+rand.N(pause+1)); err != nil {
			return "", gcp.Error(err, doing)
		}
	}
	return "", errs.New(errs.Transient, "Run again.", "%s: something else keeps changing the service", doing)
}

// again says whether to ask and send again after an error.
func again(code codes.Code, existed bool) bool {
	switch code {
	case codes.Aborted, codes.Unavailable, codes.DeadlineExceeded, codes.ResourceExhausted:
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
func (c *Client) send(ctx context.Context, at release.Spec, observed, s *runpb.Service) (string, error) {
	r, err := c.services()
	if err != nil {
		return "", err
	}
	ctx, cancel := c.access.OneCall(ctx)
	defer cancel()
	s = Input(s)
	if observed == nil {
		// Not an update that may create: two first deploys would overwrite each other.
		s.Name = ""
		op, err := r.CreateService(ctx, &runpb.CreateServiceRequest{
			Parent: "projects/" + at.Project + "/locations/" + at.Region, ServiceId: at.Service, Service: s,
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

// follow waits for an operation of Update to end, well or not: see gcp.Failed.
// progress, where not nil, is told what Cloud Run says meanwhile.
func (c *Client) follow(ctx context.Context, operation, doing string, progress func(string)) (*longrunningpb.Operation, error) {
	services, err := c.services()
	if err != nil {
		return nil, err
	}
	told := ""
	return c.access.Wait(ctx, c.endpoint(), doing, operation, waiting(services), func(op *longrunningpb.Operation) {
		if now := waitingFor(op); progress != nil && now != "" && now != told {
			told = now
			progress(now)
		}
	})
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
