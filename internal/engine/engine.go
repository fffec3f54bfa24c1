// Package engine carries a deploy through its four verbs: Load what the user
// has, Observe what the registry and the target have, let plan decide, Apply the
// plan. It declares the few calls it makes to Google as interfaces; who makes an
// Engine gives it the clients, and with them the place where it all happens.
package engine

import (
	"context"
	"io"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/lease"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
	"github.com/gcpdeploy/gcpdeploy/internal/python/wheel"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// Registry reads image tags. Image is a package of our repository ("runtime").
type Registry interface {
	Digest(ctx context.Context, image, tag string) (digest string, ok bool, err error)
	// Tags are an image's tags with their digests.
	Tags(ctx context.Context, image string) (map[string]string, error)
	// Labels are those of an image of the repository, by digest.
	Labels(ctx context.Context, image, digest string) (map[string]string, error)
	// Size is what an image takes in the registry, in bytes.
	Size(ctx context.Context, image, digest string) (int64, error)
	// ReadFile reads a small file out of an image.
	ReadFile(ctx context.Context, image, digest, path string) ([]byte, error)
	// MoveTag points a tag to a digest, wherever it pointed before.
	MoveTag(ctx context.Context, image, tag, digest string) error
	// Uploaded is when an image was pushed last.
	Uploaded(ctx context.Context, image, digest string) (time.Time, error)
	// Pin gives a foreign image's reference by digest; "" when no registry says.
	Pin(ctx context.Context, ref string) string
}

// Target reads the service as it is now. It is the part of release.Target that
// is needed before a build; the rest happens in its last step.
type Target interface {
	// Observe gives the service, and a function that says whether releasing s
	// with the image of that digest would change nothing.
	Observe(ctx context.Context, s release.Spec) (release.Service, func(digest string) bool, error)
	// State is the service for who only looks; ok is false where there is none.
	State(ctx context.Context, s release.Spec) (release.State, bool, error)
	// Check refuses what the release would fail for; now is what Observe gave.
	Check(ctx context.Context, s release.Spec, now release.Service) error
	// Admit lets everybody call the service.
	Admit(ctx context.Context, s release.Spec) error
}

// Objects keeps source archives.
type Objects interface {
	// Ensure makes the bucket if it is missing and refuses one of a stranger's.
	Ensure(ctx context.Context) error
	Bucket() string
	Exists(ctx context.Context, object string) (bool, error)
	Read(ctx context.Context, object string) (io.ReadCloser, error)
	Upload(ctx context.Context, object string, write func(io.Writer) error) error
}

// Archives takes the archives of builds that run on this machine.
type Archives interface {
	Upload(ctx context.Context, object string, write func(io.Writer) error) error
	// Read gives one that was taken.
	Read(ctx context.Context, object string) (io.ReadCloser, error)
}

// Builds runs plans.
type Builds interface {
	// Fits refuses a plan whose build could not be submitted.
	Fits(p plan.Plan, tags []string) error
	Submit(ctx context.Context, p plan.Plan, bucket, object string, started time.Time, tags []string) (plan.Outcome, error)
	// Running gives the oldest build with the tag that has not ended yet.
	Running(ctx context.Context, tag string) (plan.Outcome, bool, error)
	// Last gives the newest build with the tag that ended well.
	Last(ctx context.Context, tag string) (plan.Outcome, bool, error)
	// Watch writes the build's log as it grows and returns when it has ended.
	Watch(ctx context.Context, o plan.Outcome, log io.Writer) (plan.Outcome, error)
	Cancel(ctx context.Context, o plan.Outcome) error
}

// Leases are the runs that are no builds: their steps run elsewhere.
type Leases interface {
	// Runs are those that live, the oldest first.
	Runs(ctx context.Context) ([]lease.Run, error)
	// Wait waits until it has ended, however it did.
	Wait(ctx context.Context, r lease.Run) (released bool, err error)
}

// Index reads package indexes.
type Index interface {
	// Files gives the files of those projects that every index answered for
	// before ctx ended.
	Files(ctx context.Context, indexes, projects []string) map[string][]wheel.File
}

// Engine has what the verbs need in one place. It holds no state of a run.
type Engine struct {
	Place    plan.Place
	Registry Registry
	Target   Target
	Objects  Objects
	Builds   Builds
	Here     Archives // takes the builds' archives, where they run here; nil = Objects does
	Leases   Leases   // nil = there are none
	Secrets  Secrets
	Index    Index // nil = no index is asked
	// PushBuilder puts the builder image in its place; nil = that is not for us to do.
	PushBuilder func(context.Context) (digest string, err error)
	// Async leaves a build once it is submitted.
	Async bool
	Turns *Turns // of the runs beside this one in its process; nil = there are none
	// Again tells of a second Ctrl-C until release is called; nil = there is none.
	Again  func() (again <-chan struct{}, release func())
	Report ui.Reporter
	Clock  poll.Clock
}
