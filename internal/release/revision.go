package release

import (
	"maps"
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
	// Settings are what else makes it, by their names in the target's API; nil = not known.
	Settings map[string]Setting
}

// Split is how traffic is to be divided.
type Split struct {
	// Shares are the revisions that get some, 100 % together (but for Rest). None: all goes to the
	// newest that is ready, and to those to come where the target knows that. One with a Tag
	// and no Revision is for the revision that has the tag then.
	Shares []Share
	// Rest gives what Shares leave to what else has traffic: see Fill.
	Rest bool
	// Tags are changed first; Keep has nothing else change. A target without tags is asked for
	// neither, nor for Rest.
	Tags Retag
	Keep bool
	By   string // how callers are told apart: one of Kind.Splits; "" = as the target does by itself
	// From is what must have the traffic still, where not nil: else nothing is changed,
	// and the error is of kind Superseded.
	From []Share
	// Step is the revision that is given the traffic by steps, of which this is one; "" =
	// it is meant to stay so.
	Step string
	// Run is who divides it, so that runs which started earlier yield to it; the zero
	// Run yields to none, and none to it.
	Run Run
}

// SameShares says whether the same revisions have the same parts of the traffic,
// whatever their order and tags.
func SameShares(a, b []Share) bool { return maps.Equal(parts(a), parts(b)) }

// Sole is the revision that has all of the traffic; "" where it is split, or nothing has any.
func Sole(all []Share) string {
	for name, percent := range parts(all) {
		if percent == 100 {
			return name
		}
	}
	return ""
}

// parts is what each revision with traffic has of it.
func parts(all []Share) map[string]int {
	m := map[string]int{}
	for _, s := range all {
		if s.Percent > 0 {
			m[s.Revision] += s.Percent
		}
	}
	return m
}
