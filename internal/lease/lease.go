// Package lease lets runs that are no Cloud Build of their own be seen by others:
// those whose steps run on the Docker of a worker or of a CI system. Such a run
// has a lease in the image repository while it lives: a tag of the package
// plan.Leases that leads to an image without files, whose label says what the run
// makes. Others wait for it as for a build, and prune leaves alone what it names.
//
// A lease is renewed by moving its tag to and fro between two images. That needs
// no right that builds do not have, leaves nothing behind, and no clock of another
// machine is believed: who waits sees the tag move, or by its own clock that it
// does not. Which of two leases is the older one the registry's clock says.
package lease

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// Registry is the image repository. Image is a package of it.
type Registry interface {
	// PushNote pushes an image that has labels and no files, under a tag or, with
	// "", by its digest alone. The same labels give the same digest.
	PushNote(ctx context.Context, image, tag string, labels map[string]string) (digest string, err error)
	// MoveTag points a tag to a digest, wherever it pointed before.
	MoveTag(ctx context.Context, image, tag, digest string) error
	// Tags are an image's tags with their digests.
	Tags(ctx context.Context, image string) (map[string]string, error)
	Labels(ctx context.Context, image, digest string) (map[string]string, error)
	// Created is when an image was pushed first, by the registry's clock.
	Created(ctx context.Context, image, digest string) (time.Time, error)
}

// Lease is what others learn of a run.
type Lease struct {
	ID      string        `json:"id"`                // of the run; "" lets Take choose one
	Tags    []string      `json:"tags"`              // as its build would have: what runs find each other by
	Names   []string      `json:"names,omitempty"`   // digests and keys that it works with
	Service string        `json:"service,omitempty"` // that it is for
	In      string        `json:"in,omitempty"`      // what it runs in, for people: "GitHub Actions run 17"
	URL     string        `json:"url,omitempty"`     // its log; "" = nobody knows
	Began   time.Time     `json:"began"`             // when it began to look at the registry
	Limit   time.Duration `json:"limit"`             // how long it may take at most, in nanoseconds; 0 = DefaultLimit
}

// DefaultLimit is how long a run may take that does not say it.
const DefaultLimit = 2 * time.Hour

// Renewal is the pause between two renewals. Dead is how long a lease must stay
// as it is before its run is taken for dead: some renewals may fail, and who is
// slow is not dead.
const (
	Renewal = 30 * time.Second
	Dead    = 3 * time.Minute
)

// skew is how far this machine's clock may be behind or ahead of the registry's.
const skew = 10 * time.Minute

const (
	tagPrefix  = "lease-"
	label      = "dev.gcpdeploy.lease"       // JSON of the lease
	firstLabel = "dev.gcpdeploy.lease.first" // on the second image: the first one's digest
	endedLabel = "dev.gcpdeploy.lease.ended" // on the image of all that have ended
)

// idForm leaves room for the prefix in a tag's 128 characters.
var idForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_.-]{1,120}$`) })

func (l Lease) tag() string { return tagPrefix + l.ID }

// complete fills in what a lease must have.
func (l Lease) complete() (Lease, error) {
	if l.ID == "" {
		l.ID = strings.ToLower(rand.Text())
	}
	if !idForm().MatchString(l.ID) {
		return l, errs.New(errs.Internal, "", "a run cannot be named %q in a tag", l.ID)
	}
	if l.Limit <= 0 {
		l.Limit = DefaultLimit
	}
	return l, nil
}

func (l Lease) labels() map[string]string {
	text, err := json.Marshal(l)
	if err != nil {
		panic(err) // a Lease holds nothing that JSON cannot say
	}
	return map[string]string{label: string(text)}
}

// image is the package of the repository that leases are in.
const image = plan.Leases
