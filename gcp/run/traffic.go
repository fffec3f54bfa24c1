package run

import (
	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

const latest = runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST

// mergeTraffic leaves a split that the latest revision has a share of, and sends
// everything to the latest where there is none: what is released must serve. Where it
// must not, and a revision is made anew, the traffic is fixed to those that have it.
// What has never served has nothing to fix it to. Tags stay, but for those of trials.
func mergeTraffic(s *runpb.Service, d Desired, anew bool) {
	withhold := d.NoTraffic || d.beside() || d.waits
	switch {
	case withhold && s.GetLatestReadyRevision() != "":
		if anew && latestShare(s.Traffic) > 0 {
			if d.beside() {
				hold(s)
			}
			s.Traffic = append(pins(divided(s)), tagged(s.Traffic)...)
		}
		if d.NoTraffic && !d.beside() {
			delete(s.Annotations, heldKey) // from now on that is asked for
		}
	default:
		letGo(s)
		annotate(&s.Annotations, canaryKey, "")
		s.Traffic = withoutTrials(s.Traffic, d.Run)
		endPreviews(s, d.Run.Started)
		if latestShare(s.Traffic) == 0 {
			s.Traffic = append([]*runpb.TrafficTarget{{Type: latest, Percent: 100}}, tagged(s.Traffic)...)
		}
	}
}

// divided is the wanted traffic with the name of the latest revision for "latest".
func divided(s *runpb.Service) (shares []release.Share) {
	if len(s.GetTraffic()) == 0 {
		return []release.Share{{Revision: short(s.GetLatestReadyRevision()), Percent: 100}}
	}
	at := map[string]int{}
	for _, t := range s.GetTraffic() {
		name := t.GetRevision()
		if t.GetType() == latest {
			name = short(s.GetLatestReadyRevision())
		}
		if t.GetPercent() == 0 {
			continue
		}
		n, ok := at[name]
		if !ok {
			n, at[name] = len(shares), len(shares)
			shares = append(shares, release.Share{Revision: name})
		}
		shares[n].Percent += int(t.GetPercent())
	}
	return shares
}

// tagged is the tags of a division of the traffic, without its shares.
func tagged(traffic []*runpb.TrafficTarget) (tags []*runpb.TrafficTarget) {
	for _, t := range traffic {
		if t.GetTag() != "" {
			tags = append(tags, &runpb.TrafficTarget{Type: t.GetType(), Revision: t.GetRevision(), Tag: t.GetTag()})
		}
	}
	return tags
}

// retagged is a division of the traffic in which a revision, or release.Latest, has a tag,
// or none has where that is "".
func retagged(traffic []*runpb.TrafficTarget, tag, revision string) (all []*runpb.TrafficTarget) {
	for _, t := range traffic {
		if t.GetTag() == tag {
			if t.GetPercent() == 0 {
				continue
			}
			t = &runpb.TrafficTarget{Type: t.GetType(), Revision: t.GetRevision(), Percent: t.GetPercent()}
		}
		all = append(all, t)
	}
	if len(all) == 0 {
		all = append(all, &runpb.TrafficTarget{Type: latest, Percent: 100})
	}
	if revision == "" {
		return all
	}
	if revision == release.Latest {
		return append(all, &runpb.TrafficTarget{Type: latest, Tag: tag})
	}
	return append(all, &runpb.TrafficTarget{
		Type: runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION, Revision: revision, Tag: tag,
	})
}

// pins is traffic that is fixed to revisions.
func pins(shares []release.Share) (traffic []*runpb.TrafficTarget) {
	for _, share := range shares {
		traffic = append(traffic, &runpb.TrafficTarget{
			Type:     runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION,
			Revision: share.Revision, Percent: int32(share.Percent),
		})
	}
	return traffic
}

// latestShare is the share, in percent, that the latest revision is given, whichever
// that is.
func latestShare(traffic []*runpb.TrafficTarget) int {
	if len(traffic) == 0 {
		return 100
	}
	n := 0
	for _, t := range traffic {
		if t.GetType() == latest {
			n += int(t.GetPercent())
		}
	}
	return n
}

// newestShare is what the latest revision has, be it by its name.
func newestShare(s *runpb.Service) (percent int) {
	for _, share := range divided(s) {
		if share.Revision == short(s.GetLatestReadyRevision()) {
			percent += share.Percent
		}
	}
	return percent
}

// fixed says whether traffic is fixed to revisions, so that a new one gets none; pinned,
// whether somebody wanted it so.
func fixed(s *runpb.Service) bool { return latestShare(s.GetTraffic()) == 0 }

func pinned(s *runpb.Service) bool { return fixed(s) && !held(s) }

// served is what has the traffic of a service as it is.
func served(s *runpb.Service) (shares []release.Share) {
	for _, t := range s.GetTrafficStatuses() {
		share := release.Share{Revision: short(t.GetRevision()), Percent: int(t.GetPercent()), Tag: t.GetTag(), URL: t.GetUri()}
		if t.GetType() == latest {
			share.Revision = short(s.GetLatestReadyRevision())
		}
		shares = append(shares, share)
	}
	return shares
}
