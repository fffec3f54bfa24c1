package plan

import (
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// pinNote says that somebody has fixed the traffic, as a rollback does, and what a
// release makes of it; "" where nobody has, or a part of it is the newest revision's.
func pinNote(s release.Service) string {
	if !s.Pinned || len(s.Shares) == 0 {
		return ""
	}
	return "the traffic is pinned (" + Shares(s.Shares) + "); `gcpdeploy up` gives all of it to what it releases"
}

// Shares are shares of the traffic as people read them.
func Shares(all []release.Share) string {
	var parts []string
	for _, s := range all {
		parts = append(parts, s.String())
	}
	return strings.Join(parts, ", ")
}
