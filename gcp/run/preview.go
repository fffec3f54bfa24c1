package run

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// previewKey begins the annotations of the service that say of a tag that it is a
// preview's: which run made it, and until when it is shown.
const previewKey = "gcpdeploy.dev/preview-"

// shown is the value of such an annotation.
type shown struct {
	Run     string    `json:"run"`
	Expires time.Time `json:"expires,omitzero"`
}

func shownAs(s *runpb.Service, tag string) (n shown, ok bool) {
	text := s.GetAnnotations()[previewKey+tag]
	return n, text != "" && json.Unmarshal([]byte(text), &n) == nil
}

// notePreview writes a preview at a service.
func notePreview(s *runpb.Service, d Desired) {
	data, _ := json.Marshal(shown{Run: d.Run.String(), Expires: expires(d)}) // texts only: never fails
	annotate(&s.Annotations, previewKey+d.Tag, string(data))
}

// expires is until when a preview is shown; zero = until it is deleted.
func expires(d Desired) time.Time {
	if d.Preview.Seconds == 0 {
		return time.Time{}
	}
	return d.Run.Started.Add(time.Duration(d.Preview.Seconds) * time.Second).UTC().Truncate(time.Second)
}

// preview is what to send for one, or an error where nothing serves, or a newer run has
// made it already.
func (t *deploy) preview(observed, s *runpb.Service) (*runpb.Service, error) {
	if observed == nil || observed.GetLatestReadyRevision() == "" {
		return nil, errs.New(errs.NotFound, "Run `gcpdeploy up` without --preview first.", "nothing serves yet that %s could be shown beside", t.d.Tag)
	}
	if n, ok := shownAs(observed, t.d.Tag); ok && t.d.Run.YieldsTo(release.ParseRun(n.Run)) {
		t.r.Superseded = release.ParseRun(n.Run).ID
		return nil, errs.New(errs.Superseded, "", "superseded by run %s, which started later: the preview %s is left as it is", t.r.Superseded, t.d.Tag)
	}
	return s, nil
}

// endPreviews takes away what is shown no more at a time.
func endPreviews(s *runpb.Service, at time.Time) {
	for key := range s.GetAnnotations() {
		tag, ok := strings.CutPrefix(key, previewKey)
		if n, is := shownAs(s, tag); ok && is && !n.Expires.IsZero() && n.Expires.Before(at) {
			s.Traffic = retagged(s.Traffic, tag, "")
		}
	}
	forgetPreviews(s)
}

// forgetPreviews takes away what says of tags that are gone that they are previews.
func forgetPreviews(s *runpb.Service) {
	for key := range s.GetAnnotations() {
		if tag, ok := strings.CutPrefix(key, previewKey); ok && atTag(s, tag) == "" {
			annotate(&s.Annotations, key, "")
		}
	}
}

// Previews gives what is shown beside what serves, and the services that are previews.
func (t Target) Previews(ctx context.Context, s release.Spec) (all []release.Shown, err error) {
	if all, err = t.own(ctx, s); err != nil {
		return nil, err
	}
	observed, _, err := t.client.Get(ctx, s.Project, s.Region, s.Service)
	if err != nil {
		return nil, err
	}
	for key := range observed.GetAnnotations() {
		tag, ok := strings.CutPrefix(key, previewKey)
		n, is := shownAs(observed, tag)
		if revision := atTag(observed, tag); ok && is && revision != "" {
			all = append(all, release.Shown{Name: tag, URL: tagURL(observed, tag), Revision: revision, Run: release.ParseRun(n.Run), Expires: n.Expires})
		}
	}
	slices.SortStableFunc(all, func(a, b release.Shown) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}
