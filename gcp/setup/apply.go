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

// Stuck is the error of what is there in a way that deploys fail for and setup cannot
// mend; nil = there is no such thing.
func Stuck(steps []Step) error {
	for _, s := range steps {
		if s.Fix != "" {
			return errs.New(errs.Usage, s.Fix, "%s %s", s.Name(), s.Detail)
		}
	}
	return nil
}

// Stay are what undo leaves, each with why.
func Stay(steps []Step) (all []string) {
	for _, s := range steps {
		if r, ok := s.Resource.(interface{ Stays() string }); ok && s.Found != Missing {
			all = append(all, r.Stays())
		}
	}
	return all
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
	// Choose asks somebody; nil = nobody is there.
	Choose func(question string, answers []string, proposed string) (string, error)
}

// maker makes resources one after another.
type maker struct {
	Progress
	access *gcp.Access
	fresh  map[string]bool // kinds that were made
}

// Apply makes what lacks, in the order of the list.
func Apply(ctx context.Context, a *gcp.Access, lack []Step, p Progress) error {
	m := &maker{p, a, map[string]bool{}}
	for _, s := range lack {
		s, err := m.decide(ctx, s)
		if err != nil {
			return err
		}
		began := a.Clock.Now()
		p.Start(s)
		if err := m.patiently(ctx, s, s.Make); err != nil {
			return err
		}
		m.fresh[s.Kind()] = true
		p.Done(s, a.Clock.Now().Sub(began))
	}
	return nil
}

// patiently does something for a step, and tries again as long as what was made
// before it may not have got around.
func (m *maker) patiently(ctx context.Context, s Step, do func(context.Context) error) error {
	began, told := m.access.Clock.Now(), false
	return poll.Until(ctx, m.access.Clock, lag(m.access), func(ctx context.Context) (bool, error) {
		err := do(ctx)
		why, most := "", time.Duration(0)
		switch api := gcp.Disabled(err); {
		case api != "" && m.fresh["apis"]:
			why, most = "until "+api+" can be called", apiLag
		case unknownMember(err) && s.Kind() == "roles" && m.fresh["service_account"]:
			why, most = "until the service accounts are known everywhere", accountLag
		}
		if why == "" {
			return true, err
		}
		if m.access.Clock.Now().Sub(began) >= most {
			return true, errs.New(errs.Transient, "Run it again in a few minutes: what is done stays done.", "waited %v %s: %w", most, why, err)
		}
		if !told {
			m.Wait(s, why)
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
