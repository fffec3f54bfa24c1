package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// trafficNote says what a release makes of the traffic, where that is more than to take
// all of it: where it is to get none, and where somebody has fixed it, as a rollback
// does. "" = there is nothing to say, or a part of it is the newest revision's.
func trafficNote(s release.Service, none bool) string {
	switch {
	case none && !s.Exists:
		return "the first release of a service gets all of its traffic, --no-traffic or not"
	case none:
		return "what is released gets no traffic; `gcpdeploy traffic --to-latest` gives it all"
	}
	if n := slices.IndexFunc(s.Shares, func(share release.Share) bool { return share.Revision == s.Canary }); n >= 0 {
		return fmt.Sprintf("%s has %d %% of the traffic: a canary came as far; `gcpdeploy up` goes on where that is what it releases", s.Canary, s.Shares[n].Percent)
	}
	if !s.Pinned || len(s.Shares) == 0 {
		return ""
	}
	return "the traffic is pinned (" + Shares(s.Shares) + "); what is released gets all of it"
}

// Shares are shares of the traffic as people read them.
func Shares(all []release.Share) string {
	var parts []string
	for _, s := range all {
		parts = append(parts, s.String())
	}
	return strings.Join(parts, ", ")
}
