package run

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"sync"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Try brings an image up as a revision without traffic, under a tag of the run's own. While
// it is tried the traffic is fixed to what serves: "the latest" is the revision that is tried.
func (t Target) Try(ctx context.Context, s release.Spec, image string, by release.Run, progress func(string)) (release.Released, error) {
	wanted, err := Want(s, image, by)
	if err != nil {
		return release.Released{}, err
	}
	wanted.Trial = true
	r, err := t.client.Deploy(ctx, wanted, progress)
	switch {
	case errs.KindOf(err) == errs.Superseded:
		err = nil
	case err != nil && ctx.Err() == nil:
		_, _ = t.Tag(ctx, s, trialTag(by), "") // the next release takes it away, too
	}
	return r, err
}

// letters is how many of a run's ID stand in the tag of its trial, and most how long the
// tag is.
const (
	trialPrefix  = "check-"
	trialLetters = 3
	trialDigits  = 6 // of the second that the run started in, to the base of 36
	mostOfTrial  = len(trialPrefix) + trialDigits + trialLetters
)

var trialForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile("^" + trialPrefix + "([0-9a-z]{6})[a-z]{3}$")
})

// trialTag is the tag of what a run tries. It says when the run started.
func trialTag(by release.Run) string {
	sum := sha256.Sum256([]byte(by.ID))
	tag := trialPrefix + strconv.FormatInt(by.Started.Unix(), 36)
	for n := range trialLetters {
		tag += string('a' + rune(sum[n]%26))
	}
	return tag
}

// withoutTrials is a division of the traffic without the tags of what a run or earlier
// ones tried.
func withoutTrials(traffic []*runpb.TrafficTarget, by release.Run) []*runpb.TrafficTarget {
	for _, t := range slices.Clone(traffic) {
		m := trialForm().FindStringSubmatch(t.GetTag())
		if m == nil {
			continue
		}
		if began, err := strconv.ParseInt(m[1], 36, 64); err == nil && began <= by.Started.Unix() {
			traffic = retagged(traffic, t.GetTag(), "")
		}
	}
	return traffic
}

// kept is what heldKey says: how the traffic was divided, and how it is for as long as
// something is tried.
type kept struct {
	Traffic []share `json:"traffic"`
	Fixed   []share `json:"fixed"`
}

// share is a part of the traffic; the revision "" is the latest.
type share struct {
	Revision string `json:"revision,omitempty"`
	Percent  int    `json:"percent"`
}

// hold notes how the traffic is divided, which is about to be fixed.
func hold(s *runpb.Service) {
	var k kept
	for _, t := range s.GetTraffic() {
		if t.GetPercent() > 0 {
			k.Traffic = append(k.Traffic, share{t.GetRevision(), int(t.GetPercent())})
		}
	}
	for _, part := range divided(s) {
		k.Fixed = append(k.Fixed, share{part.Revision, part.Percent})
	}
	data, _ := json.Marshal(k) // texts and numbers only: never fails
	annotate(&s.Annotations, heldKey, string(data))
}

// held says whether the traffic is fixed because something is tried, or was.
func held(s *runpb.Service) bool {
	_, ok := heldAs(s)
	return ok
}

// heldAs is what hold noted, where the traffic is still as it was fixed then: else somebody
// has divided it since, and it stays as that.
func heldAs(s *runpb.Service) (k kept, ok bool) {
	text := s.GetAnnotations()[heldKey]
	if text == "" || !fixed(s) || json.Unmarshal([]byte(text), &k) != nil {
		return k, false
	}
	var was []release.Share
	for _, part := range k.Fixed {
		was = append(was, release.Share{Revision: part.Revision, Percent: part.Percent})
	}
	return k, release.SameShares(was, divided(s))
}

// letGo divides the traffic again as it was before something was tried.
func letGo(s *runpb.Service) {
	k, ok := heldAs(s)
	annotate(&s.Annotations, heldKey, "")
	if !ok {
		return
	}
	var traffic []*runpb.TrafficTarget
	for _, part := range k.Traffic {
		t := &runpb.TrafficTarget{Type: latest, Percent: int32(part.Percent)}
		if part.Revision != "" {
			t = pins([]release.Share{{Revision: part.Revision, Percent: part.Percent}})[0]
		}
		traffic = append(traffic, t)
	}
	s.Traffic = append(traffic, tagged(s.Traffic)...) // none is the latest's
}
