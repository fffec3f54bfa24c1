package run

import (
	"maps"
	"slices"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// retag changes the tags of a service. A preview whose tag is given to another revision is
// none any more, nor is one whose tag is gone.
func retag(s *runpb.Service, to release.Retag) {
	if to.None() {
		return
	}
	gone := slices.Clone(to.Remove)
	for _, t := range s.GetTraffic() {
		_, stays := to.Set[t.GetTag()]
		_, preview := shownAs(s, t.GetTag())
		if to.Clear && t.GetTag() != "" && !stays && !preview && !trialForm().MatchString(t.GetTag()) {
			gone = append(gone, t.GetTag())
		}
	}
	for _, tag := range gone {
		s.Traffic = retagged(s.Traffic, tag, "")
	}
	for _, tag := range slices.Sorted(maps.Keys(to.Set)) {
		if revision := to.Set[tag]; !hasTag(s.GetTraffic(), tag, revision) {
			s.Traffic = retagged(s.Traffic, tag, revision)
			annotate(&s.Annotations, previewKey+tag, "")
		}
	}
	forgetPreviews(s)
}

// hasTag says whether a revision, or release.Latest, has a tag.
func hasTag(traffic []*runpb.TrafficTarget, tag, revision string) bool {
	return slices.ContainsFunc(traffic, func(t *runpb.TrafficTarget) bool {
		if t.GetType() == latest {
			return t.GetTag() == tag && revision == release.Latest
		}
		return t.GetTag() == tag && t.GetRevision() == revision
	})
}

// showsTags says whether all tags that a service is to have can be asked.
func showsTags(s *runpb.Service) bool {
	return !slices.ContainsFunc(s.GetTraffic(), func(t *runpb.TrafficTarget) bool { return t.GetTag() != "" && tagURL(s, t.GetTag()) == "" })
}
