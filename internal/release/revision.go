package release

import (
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
)

// Revision is one release of a service that is still there.
type Revision struct {
	Name    string
	Image   string // by digest
	Created time.Time
	Ready   bool   // it can serve, at once or once it is started
	Message string // why it is not ready
	Stopped bool   // nothing of it runs: it is started before it gets traffic
	Percent int    // of the traffic
	Tags    []string
	Run     Run        // that released it; the zero Run where that is not known
	Origin  *ci.Origin // of that run
	Before  string     // the revision that had all traffic until then; "" = none, or not known
}

// Split is how traffic is to be divided.
type Split struct {
	// Shares are the revisions that get some, 100 % together. None: all goes to the
	// newest that is ready, and to those to come where the target knows that.
	Shares []Share
	By     string // how callers are told apart: one of Kind.Splits; "" = as the target does by itself
	// From is what must have the traffic still, where not nil: else nothing is changed,
	// and the error is of kind Superseded.
	From []Share
}
