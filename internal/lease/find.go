package lease

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// Run is a run that has a lease, and when it took it by the registry's clock.
type Run struct {
	Lease
	Created time.Time
}

// Earliest is when the run began to look at the registry, or took its lease: the
// clock that says the former may be ahead.
func (r Run) Earliest() time.Time {
	if r.Began.IsZero() || r.Began.After(r.Created) {
		return r.Created
	}
	return r.Began
}

// Finder finds the runs that have leases. It remembers what it saw of them, so
// that one that it waited for in vain is not found again. It may be shared.
type Finder struct {
	registry Registry
	clock    poll.Clock

	mu     sync.Mutex
	known  map[string]Run    // by digest of what a lease's tag leads to; without an ID: none of a run
	waited map[string]string // digest by tag, of those that did not move for too long
}

// NewFinder makes a Finder. A nil clock is the system's.
func NewFinder(r Registry, clock poll.Clock) *Finder {
	if clock == nil {
		clock = poll.System
	}
	return &Finder{registry: r, clock: clock, known: map[string]Run{}, waited: map[string]string{}}
}

// Runs are those that seem to live, the oldest first. One that was killed is among
// them until its limit is over, or until Wait has seen that it does not move.
func (f *Finder) Runs(ctx context.Context) (all []Run, err error) {
	tags, err := f.registry.Tags(ctx, image)
	if err != nil {
		return nil, err
	}
	for _, tag := range slices.Sorted(maps.Keys(tags)) {
		if !strings.HasPrefix(tag, tagPrefix) || f.given(tag) == tags[tag] {
			continue
		}
		r, err := f.read(ctx, tags[tag])
		if err != nil {
			return nil, err
		}
		if r.ID != "" && f.clock.Now().Before(r.Created.Add(r.Limit+skew)) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b Run) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID)) })
	return all, nil
}

// Oldest is the first of some runs that has the tag.
func Oldest(runs []Run, tag string) (Run, bool) {
	for _, r := range runs {
		if slices.Contains(r.Tags, tag) {
			return r, true
		}
	}
	return Run{}, false
}

func (f *Finder) given(tag string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.waited[tag]
}

// read gives the run of which an image tells; one without an ID where it tells of none.
func (f *Finder) read(ctx context.Context, digest string) (Run, error) {
	f.mu.Lock()
	r, ok := f.known[digest]
	f.mu.Unlock()
	if ok {
		return r, nil
	}
	labels, err := f.registry.Labels(ctx, image, digest)
	if err == nil && labels[label] != "" && json.Unmarshal([]byte(labels[label]), &r.Lease) == nil {
		r.Created, err = f.registry.Created(ctx, image, cmp.Or(labels[firstLabel], digest))
	}
	if errs.KindOf(err) == errs.NotFound { // removed meanwhile
		return Run{}, nil
	}
	if err != nil {
		return Run{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.known[digest] = r
	return r, nil
}
