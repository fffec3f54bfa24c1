// Package release says what a target is: a place where a tested image goes. Its
// values are what plan, engine, builder, inventory and commands know of a release;
// what a target alone understands stays in the target's own package, which has a
// Kind and implements Target. It refuses to know any target by name, and which
// calls one makes.
package release

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
)

// ErrNotSetUp is that a project has no place for releases of a kind, which setup makes.
var ErrNotSetUp = errors.New("there is nothing to release to")

// Target is a place to release to, with a connection. It may be shared.
type Target interface {
	// Observe gives the service of a release as it is, and a function that says
	// whether releasing s with the image of a digest would change nothing.
	Observe(ctx context.Context, s Spec) (Service, func(digest string) bool, error)
	// Check refuses what a release would fail for, before anything is built for it; now is
	// the service as Observe gave it. It asks no more than it has to, and changes nothing. What
	// is wrong with a setting is a Refusal.
	Check(ctx context.Context, s Spec, now Service) error
	// Deploy releases an image by digest, and waits until it serves; progress, where
	// not nil, is told what the target says meanwhile. Of two runs the one that
	// started later wins, whichever ends later: the other is told so by Superseded,
	// which is no error. With Spec.NoTraffic it waits until the revision could serve,
	// and what serves goes on; the first release of a service serves all the same.
	Deploy(ctx context.Context, s Spec, image string, by Run, progress func(string)) (Released, error)
	// Try brings an image up beside what serves, as Deploy would, where Service.CanTry said
	// that it can: at a URL of its own, which nobody else knows, and with no traffic. What
	// serves goes on, with the settings that are the service's. A Deploy of the same run
	// gives it the traffic; any later one ends what an earlier Try left.
	Try(ctx context.Context, s Spec, image string, by Run, progress func(string)) (Released, error)
	// Settle does what can wait until a release answers: what serves no more need not
	// run, and not all of it need be kept. progress, where not nil, is told what it does.
	// What it cannot do is in the warning: the release stands.
	Settle(ctx context.Context, s Spec, released Released, by Run, progress func(string)) (warning string)
	// Return gives the traffic back to what served before a release, and says so in
	// before; none where nothing did, or where a later run has been there since.
	Return(ctx context.Context, s Spec, released Released, by Run) (before []Share, err error)
	// Revisions gives what was released to the service and is still there, the newest
	// first; none where there is no service.
	Revisions(ctx context.Context, s Spec) ([]Revision, error)
	// Shift divides the traffic of the service, and gives what has it then. A revision
	// that does not run is started first, and progress, where not nil, is told what the
	// target says meanwhile. To divide it as it is changes nothing. A run that started
	// later than Split.Run, or traffic that is not Split.From's any more, is an error of
	// kind Superseded; a service or a revision that is not there one of kind NotFound. In
	// all three nothing was changed. Of runs that started earlier and are still under way
	// none moves the traffic afterwards.
	Shift(ctx context.Context, s Spec, to Split, progress func(string)) (now []Share, err error)
	// Tag gives a revision of the service a tag, whichever has it, and gives the URL that the
	// revision is asked at under it; the revision "" takes the tag away, from whichever has
	// it. A service or a revision that is not there is an error of kind NotFound.
	Tag(ctx context.Context, s Spec, tag, revision string) (url string, err error)
	// Previews gives what is shown of a service, by name, be it beside what serves or a service
	// of its own.
	Previews(ctx context.Context, s Spec) ([]Shown, error)
	// Discard removes a revision that has no traffic, with its tags. One that has is an
	// error; left says why one stays that the target keeps, without tags.
	Discard(ctx context.Context, s Spec, revision string) (left string, err error)
	// State gives the service for people to look at; ok is false when there is none.
	State(ctx context.Context, s Spec) (st State, ok bool, err error)
	// Delete removes the service with all its revisions; ok is false where there was none, or,
	// of a Preview that is a service of its own, where it is not that preview any more.
	// left says what cannot be removed, and what became of it.
	Delete(ctx context.Context, s Spec) (ok bool, left string, err error)
	// Authorization gives what a request to a private service at a URL of its own must
	// carry, so that it answers whoever asks for this.
	Authorization(ctx context.Context, url string) (Header, error)
	// Admit lets everybody call the service. A build's own account may not be allowed
	// to, where who asked for the release is.
	Admit(ctx context.Context, s Spec) error
	// Logs hands each the newest lines that the service wrote, oldest first; where
	// they are followed, also those to come, until ctx ends.
	Logs(ctx context.Context, s Spec, q Query, each func(Line) error) error
	// Uses gives what every revision of every service in a region runs: what serves,
	// and what could be rolled back to. Images that are in none of them may go.
	Uses(ctx context.Context, project, region string) ([]Use, error)
}

// Service is a service as it is now.
type Service struct {
	Exists   bool   `json:"exists"`
	URL      string `json:"url,omitempty"`
	Revision string `json:"revision,omitempty"`
	Image    string `json:"image,omitempty"` // by digest
	// Shares is what has traffic, where that is not all the newest revision's.
	Shares []Share `json:"shares,omitempty"`
	// Pinned says that somebody fixed the traffic to revisions: the next one would
	// get none by itself.
	Pinned bool `json:"pinned,omitempty"`
	// Held says that a run keeps the traffic where it is while it tries what it made, or
	// did, and got no further: a release ends that.
	Held bool `json:"held,omitempty"`
	// Canary is the revision that a run gives the traffic by steps, or did, and got no
	// further; "" = there is none, or the target does not say.
	Canary string `json:"canary,omitempty"`
	// CanTry says that an image can be tried beside what serves: see Target.Try.
	CanTry bool `json:"-"`
	// Private says that callers must say who they are, and be let, as far as is known.
	Private bool `json:"private,omitempty"`
	// Closed says why not everybody may call it, who was to be let: see Target.Admit.
	Closed   string `json:"closed,omitempty"`
	AsWanted bool   `json:"-"` // releasing what is wanted would not change it
	// Changes are what releasing would change, the image and the traffic apart. A revision
	// that others set up otherwise is not told: what they set stays.
	Changes []Change `json:"-"`
	// Unwanted are the jobs that were made for the service, and that a release removes.
	Unwanted []string `json:"unwanted_jobs,omitempty"`
}

// Percent is the Revision's share of the traffic.
func (s Service) Percent() int {
	if len(s.Shares) == 0 {
		return 100
	}
	return parts(s.Shares)[s.Revision]
}

// Released is what a release came to.
type Released struct {
	Revision string  `json:"revision,omitempty"`
	URL      string  `json:"url,omitempty"`
	Image    string  `json:"image"`            // by digest
	Percent  int     `json:"percent"`          // the share of the traffic that it gets
	Before   []Share `json:"before,omitempty"` // what served before
	// Audience is the URL that Authorization is asked for, where that is not URL itself: of
	// a tag it is the service's.
	Audience string `json:"audience,omitempty"`
	// Hidden says why who releases cannot ask the URL; "" = anybody can, perhaps with
	// credentials.
	Hidden string `json:"hidden,omitempty"`
	// Private says that callers must say who they are, and be let.
	Private bool `json:"private,omitempty"`
	// Closed says why that is so although everybody was to be let: see Target.Admit.
	Closed     string `json:"closed,omitempty"`
	Superseded string `json:"superseded,omitempty"` // the newer run that serves instead
	Warning    string `json:"warning,omitempty"`
}

// State is a service for people to look at.
type State struct {
	URL, Revision, Image string
	Ready                bool
	Message              string // why it is not ready
	Private              bool   // callers must say who they are, and be let
	Traffic              []Share
	Pinned               bool       // the traffic is fixed to revisions: see Service
	Held                 bool       // by a trial: see Service
	Canary               string     // see Service
	Idle                 []string   // revisions that run all the same, without traffic, and cost
	Stopped              []string   // revisions that are started before they get traffic
	Origin               *ci.Origin // of the run that released last; nil where it is not said
	Run                  string     // the ID of that run; "" where it is not known
	Modified             time.Time  // when something was changed last; zero = not known
	By                   string     // who did that: an e-mail; "" = not known
}

// Share is a part of a service's traffic.
type Share struct {
	Revision string `json:"revision"`
	Percent  int    `json:"percent"`
	Tag      string `json:"tag,omitempty"`
	URL      string `json:"url,omitempty"` // of the tag, where that is known
}

// String is the shares as people read them.
func (s Share) String() string { return strconv.Itoa(s.Percent) + " % " + s.Revision }

// Shown is a preview that there is.
type Shown struct {
	Name, URL, Revision string
	Run                 Run        // that made it
	Expires             time.Time  // zero = it stays until it is deleted
	Service             string     // that it is; "" = it is a revision beside what serves
	Origin              *ci.Origin // of that run; nil = not known
}

// Header is one of a request's.
type Header struct{ Name, Value string }

// Use is what one revision of a service runs. A service whose image is in no
// revision yet has a use without one.
type Use struct {
	Service, Revision string
	Images            []string // references, of all its containers
	Serving           bool     // it has traffic or a tag
}
