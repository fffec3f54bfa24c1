package knative

import (
	"cloud.google.com/go/run/apiv2/runpb"
	runv1 "google.golang.org/api/run/v1"
)

const (
	toLatest   = runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST
	toRevision = runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION
)

func wantedTraffic(pb *runpb.Service) (all []*runv1.TrafficTarget) {
	for _, t := range pb.GetTraffic() {
		all = append(all, &runv1.TrafficTarget{LatestRevision: t.GetType() == toLatest, RevisionName: t.GetRevision(), Percent: int64(t.GetPercent()), Tag: t.GetTag()})
	}
	return all
}

// observedTraffic names the revision that the latest is, too.
func observedTraffic(pb *runpb.Service) (all []*runv1.TrafficTarget) {
	for _, t := range pb.GetTrafficStatuses() {
		v1 := &runv1.TrafficTarget{LatestRevision: t.GetType() == toLatest, RevisionName: t.GetRevision(), Percent: int64(t.GetPercent()), Tag: t.GetTag(), Url: t.GetUri()}
		if v1.LatestRevision && v1.RevisionName == "" {
			v1.RevisionName = short(pb.GetLatestReadyRevision())
		}
		all = append(all, v1)
	}
	return all
}

func toTraffic(v1 []*runv1.TrafficTarget) (all []*runpb.TrafficTarget, err error) {
	for i, t := range v1 {
		percent, err := int32of(t.Percent, "spec.traffic.percent")
		if err != nil {
			return nil, err
		}
		want := &runpb.TrafficTarget{Type: toRevision, Revision: t.RevisionName, Percent: percent, Tag: t.Tag}
		switch {
		case t.LatestRevision == (t.RevisionName != ""):
			return nil, invalid("spec.traffic[%d]: exactly one of revisionName and latestRevision=true must be set", i)
		case t.LatestRevision:
			want.Type = toLatest
		}
		all = append(all, want)
	}
	return all, nil
}
