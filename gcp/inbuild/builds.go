package inbuild

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/lease"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// errCancelled is the cause of a run's end that somebody asked for.
var errCancelled = errors.New("the build was cancelled")

// Options are what builds run with, beside the machine.
type Options struct {
	Outer        string // id of the Cloud Build that this process is a step of; "" = none
	LogURL       string // of the page that shows what this process prints; "" = none
	RegistryHost string // where the token is a login
	Token        func(context.Context) (string, error)
	// HandOver gives the builder image's steps the token in a file, and the network of
	// Docker's machine; else they find credentials as this process does.
	HandOver bool
	Secrets  worker.SecretSource
	Leases   lease.Registry // by which others see a run; nil = they do not
	In       string         // what this process runs in, for people: "GitHub Actions run 17"
	Warn     func(string)   // hears what does no harm to a build; nil = nobody
}

// Builds runs plans here. What it is asked about other runs it asks Cloud Build.
type Builds struct {
	cloudbuild.Builds
	Machine Machine
	Options Options

	mu    sync.Mutex
	place *place             // once something needs it
	runs  map[string]*run    // by the build's id
	files map[string]archive // of archives, by object
}

// Upload takes the archive that a build starts from. It stays on this machine.
func (b *Builds) Upload(_ context.Context, object string, write func(io.Writer) error) error {
	b.mu.Lock()
	_, there := b.files[object]
	b.mu.Unlock()
	if there {
		return nil
	}
	p, err := b.settle()
	if err != nil {
		return err
	}
	a, err := p.newArchive(write)
	if err != nil {
		return fmt.Errorf("writing the source for the build: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.files == nil {
		b.files = map[string]archive{}
	}
	b.files[object] = a
	return nil
}

// Read gives an archive that Upload took.
func (b *Builds) Read(_ context.Context, object string) (io.ReadCloser, error) {
	return os.Open(b.archive(object).path)
}

func (b *Builds) archive(object string) archive {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.files[object]
}

// Message is the build of a plan as it runs here: what a laptop submits, with the
// substitutions made that Cloud Build would make.
func (b *Builds) Message(p plan.Plan, bucket, object string, started time.Time, tags []string, id string) (*cloudbuildpb.Build, error) {
	spec := cloudbuild.Spec(p, cloudbuild.Source{Bucket: bucket, Object: object}, started, tags)
	if err := worker.Validate(spec); err != nil {
		return nil, err
	}
	m, err := worker.Substitute(spec, map[string]string{"PROJECT_ID": b.Project, "LOCATION": b.Region, "BUILD_ID": id})
	if err != nil {
		return nil, err
	}
	m.Id, m.ProjectId = id, b.Project
	return m, worker.ValidateSubstituted(m)
}

// Submit begins to run a plan's build. It goes on when ctx ends.
func (b *Builds) Submit(ctx context.Context, p plan.Plan, bucket, object string, started time.Time, tags []string) (plan.Outcome, error) {
	m, err := b.Message(p, bucket, object, started, tags, b.newID())
	if err != nil {
		return plan.Outcome{}, err
	}
	at, err := b.settle()
	if err != nil {
		return plan.Outcome{}, err
	}
	if err := os.Mkdir(filepath.Join(at.dir, m.Id), 0o700); err != nil { // it tells of the lease, if this process is killed
		return plan.Outcome{}, err
	}
	held := b.seen(ctx, p, m, started)
	r := b.begin(ctx, at, p, m, b.archive(object), held)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.runs == nil {
		b.runs = map[string]*run{}
	}
	b.runs[m.Id] = r
	o := plan.Outcome{Build: m.Id, LogURL: b.Options.LogURL, Status: plan.Working, Object: object, Here: true}
	if held != nil {
		o.Created = held.Created
	}
	return o, nil
}

// seen takes the lease by which others see a run. A run goes on without one: then the
// same may be built twice at worst.
func (b *Builds) seen(ctx context.Context, p plan.Plan, m *cloudbuildpb.Build, started time.Time) *lease.Held {
	if b.Options.Leases == nil {
		return nil
	}
	held, err := lease.Take(ctx, b.Options.Leases, lease.Lease{
		ID: m.Id, Tags: m.Tags, Names: cloudbuild.Names(m), Service: p.Service, In: b.Options.In, URL: b.Options.LogURL, Began: started,
		Limit: m.GetTimeout().AsDuration(),
	}, nil)
	if err != nil {
		b.warn("other runs do not see this one, and may build the same: " + err.Error())
		return nil
	}
	return held
}

// newID names a run. Of a Cloud Build it says which, and of the several that one may
// have each is another: their images must not meet under one tag.
func (b *Builds) newID() string {
	r := make([]byte, 16)
	_, _ = rand.Read(r) // never fails
	if b.Options.Outer != "" {
		return b.Options.Outer + "-" + hex.EncodeToString(r[:4])
	}
	r[6], r[8] = r[6]&0x0f|0x40, r[8]&0x3f|0x80 // RFC 9562, version 4
	h := hex.EncodeToString(r)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// ofOuter is the form of a run's name in a Cloud Build.
var ofOuter = regexp.MustCompile(`^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-[0-9a-f]{8}$`)

// Outer is the Cloud Build that a run is a step of, by the run's id; ok is false where it
// is of none.
func Outer(id string) (outer string, ok bool) {
	m := ofOuter.FindStringSubmatch(id)
	if m == nil {
		return "", false
	}
	return m[1], true
}

func (b *Builds) run(o plan.Outcome) *run {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.runs[o.Build]
}

// Watch follows a build to its end, one of ours or one at Cloud Build.
func (b *Builds) Watch(ctx context.Context, o plan.Outcome, log io.Writer) (plan.Outcome, error) {
	r := b.run(o)
	if r == nil {
		return b.Builds.Watch(ctx, o, log)
	}
	for {
		select {
		case <-r.log.more:
			r.log.pass(log)
		case <-r.done:
			r.log.pass(log)
			return r.outcome, nil
		case <-ctx.Done():
			return o, fmt.Errorf("watching the build: %w", context.Cause(ctx))
		}
	}
}

// Cancel stops a build.
func (b *Builds) Cancel(ctx context.Context, o plan.Outcome) error {
	r := b.run(o)
	if r == nil {
		return b.Builds.Cancel(ctx, o)
	}
	r.cancel(errCancelled)
	return nil
}

// Close stops what runs, and removes what all of it needed.
func (b *Builds) Close() error {
	b.mu.Lock()
	runs, at := b.runs, b.place
	b.place, b.files = nil, nil
	b.mu.Unlock()
	for _, r := range runs {
		r.cancel(errCancelled)
		<-r.done
	}
	if at == nil {
		return nil
	}
	return at.leave()
}
