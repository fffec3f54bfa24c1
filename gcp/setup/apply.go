package setup

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// Step is a resource and how it stands.
type Step struct {
	Resource
	State
	Err error // why that cannot be seen; State is Missing then
}

// Lacks says whether there is something to do for it.
func (s Step) Lacks() bool { return s.Found != Present }

// atOnce is how many resources are looked at at the same time.
const atOnce = 8

// Observe looks at all resources.
func Observe(ctx context.Context, list []Resource) []Step {
	steps := make([]Step, len(list))
	var g errgroup.Group
	g.SetLimit(atOnce)
	for n, r := range list {
		g.Go(func() error {
			s, err := r.Observe(ctx)
			if gcp.Disabled(err) != "" { // nothing is behind an API that is not enabled
				s, err = State{}, nil
			}
			if s.Found == "" {
				s.Found = Missing
			}
			steps[n] = Step{r, s, err}
			return nil
		})
	}
	_ = g.Wait() // errors are the steps' own
	return steps
}

// Err is the first error of looking, or nil.
func Err(steps []Step) error {
	for _, s := range steps {
		if s.Err != nil {
			return s.Err
		}
	}
	return nil
}

// Lacking are the steps that there is something to do for.
func Lacking(steps []Step) (lack []Step) {
	for _, s := range steps {
		if s.Lacks() {
			lack = append(lack, s)
		}
	}
	return lack
}

// How long it may take until all of Google knows of an API that was enabled, and
// of a service account that was made.
const (
	apiLag     = 3 * time.Minute
	accountLag = time.Minute
)

// Progress is told what is being done, and that it waits.
type Progress struct {
	Start func(Step)
	Wait  func(s Step, why string)
	Done  func(Step, time.Duration)
}

// Apply makes what lacks, in the order of the list.
func Apply(ctx context.Context, a *gcp.Access, lack []Step, p Progress) error {
	fresh := map[string]bool{}
	for _, s := range lack {
		began := a.Clock.Now()
		p.Start(s)
		if err := patiently(ctx, a, s, fresh, p.Wait); err != nil {
			return err
		}
		fresh[s.Kind()] = true
		p.Done(s, a.Clock.Now().Sub(began))
	}
	return nil
}

// patiently makes a resource, and tries again as long as what was made before it
// may not have got around.
func patiently(ctx context.Context, a *gcp.Access, s Step, fresh map[string]bool, wait func(Step, string)) error {
	began, told := a.Clock.Now(), false
	return poll.Until(ctx, a.Clock, lag(a), func(ctx context.Context) (bool, error) {
		err := s.Make(ctx)
		why, most := "", time.Duration(0)
		switch api := gcp.Disabled(err); {
		case api != "" && fresh["apis"]:
			why, most = "until "+api+" can be called", apiLag
		case unknownMember(err) && s.Kind() == "roles" && fresh["service_account"]:
			why, most = "until the service accounts are known everywhere", accountLag
		}
		if why == "" {
			return true, err
		}
		if a.Clock.Now().Sub(began) >= most {
			return true, errs.New(errs.Transient, "Run it again in a few minutes: what is done stays done.", "waited %v %s: %w", most, why, err)
		}
		if !told {
			wait(s, why)
		}
		told = true
		return false, nil
	})
}

// unknownMember says whether a policy may have been refused for an account that is
// not known yet. Nothing else in a policy of ours is refused as invalid.
func unknownMember(err error) bool {
	switch gcp.Code(err) {
	case codes.InvalidArgument, codes.NotFound:
		return true
	}
	return false
}

// lag is how often to try again what takes minutes to get around.
func lag(a *gcp.Access) poll.Backoff {
	b := a.Backoff(a.Endpoint(gcp.ServiceUsage))
	return poll.Backoff{Initial: 4 * b.Initial, Max: 5 * b.Max, Factor: b.Factor}
}
