package run

import (
	"regexp"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	toLatest   = runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST
	toRevision = runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION
)

var tagName = regexp.MustCompile(`^[a-z]([-a-z0-9]*[a-z0-9])?$`)

// validateTraffic checks the wanted traffic; none means all to the latest.
func validateTraffic(id string, traffic []*runpb.TrafficTarget) error {
	const field = "service.traffic"
	sum := int32(0)
	tags := map[string]bool{}
	for _, t := range traffic {
		switch {
		case t.GetType() != toLatest && t.GetType() != toRevision:
			return invalid(field, "type is required")
		case t.GetType() == toLatest && t.GetRevision() != "":
			return invalid(field, "revision %q must not be given with the type LATEST", t.GetRevision())
		case t.GetType() == toRevision && !serviceID.MatchString(t.GetRevision()):
			return invalid(field, "revision %q must be the short name of a revision", t.GetRevision())
		case t.GetPercent() < 0 || t.GetPercent() > 100:
			return invalid(field, "percent %d must be between 0 and 100", t.GetPercent())
		case t.GetTag() != "" && (!tagName.MatchString(t.GetTag()) || len(t.GetTag())+len("---")+len(id) > 63):
			return invalid(field, "tag %q must use only lowercase letters, digits and hyphens, begin with a letter, and have at most 63 characters together with the service's name", t.GetTag())
		case t.GetTag() != "" && tags[t.GetTag()]:
			return invalid(field, "tag %q is given twice", t.GetTag())
		}
		tags[t.GetTag()] = true
		sum += t.GetPercent()
	}
	if len(traffic) > 0 && sum != 100 {
		return invalid(field, "Traffic percentages must sum to 100, got %d", sum)
	}
	return nil
}

// knownRevisions refuses traffic to revisions that do not exist, that this
// very update makes apart.
func (svc *service) knownRevisions(want *runpb.Service) error {
	for _, t := range want.GetTraffic() {
		r := t.GetRevision()
		if r != "" && svc.revisions[r] == nil && r != want.GetTemplate().GetRevision() {
			return status.Errorf(codes.NotFound, "Revision '%s' not found.", r)
		}
	}
	return nil
}

// route is where requests go: by tag, or to one of a hundred slots by percent.
type route struct {
	tags  map[string]*revision
	slots []*revision // 100, or none when nothing serves
	used  map[*revision]bool
}

// resolve turns the wanted traffic into a route with what latest stands for
// now, and into what is reported as observed. Nil latest: LATEST leads nowhere.
func (svc *service) resolve(latest *revision) (*route, []*runpb.TrafficTargetStatus) {
	rt := &route{tags: map[string]*revision{}, used: map[*revision]bool{}}
	var observed []*runpb.TrafficTargetStatus
	for _, t := range svc.pb.GetTraffic() {
		r := latest
		if t.GetType() == toRevision {
			r = svc.revisions[t.GetRevision()]
		}
		if r == nil {
			continue
		}
		st := &runpb.TrafficTargetStatus{Type: t.GetType(), Percent: t.GetPercent(), Tag: t.GetTag(), Revision: t.GetRevision()}
		if t.GetTag() != "" {
			rt.tags[t.GetTag()] = r
			st.Uri = svc.tagURI(t.GetTag())
		}
		for range t.GetPercent() {
			rt.slots = append(rt.slots, r)
		}
		if t.GetPercent() > 0 || t.GetTag() != "" {
			rt.used[r] = true
		}
		observed = append(observed, st)
	}
	return rt, observed
}
