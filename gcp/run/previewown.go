package run

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// ownKey is the annotation of a service that is a preview of another one. It is no
// preview's tag: those begin with previewKey.
const ownKey = "gcpdeploy.dev/preview"

// ownPreview is its value.
type ownPreview struct {
	Of      string    `json:"of"`
	Name    string    `json:"name"`
	Expires time.Time `json:"expires,omitzero"`
}

func (p ownPreview) String() string {
	data, _ := json.Marshal(p) // texts only: never fails
	return string(data)
}

// over says whether its time is over.
func (p ownPreview) over(at time.Time) bool { return !p.Expires.IsZero() && p.Expires.Before(at) }

// ownOf is what a service is a preview of; ok is false where it is none.
func ownOf(s *runpb.Service) (p ownPreview, ok bool) {
	text := s.GetAnnotations()[ownKey]
	return p, text != "" && json.Unmarshal([]byte(text), &p) == nil
}

// noteOwn writes at a service that it is a preview. What is released to it as any service
// makes it one.
func noteOwn(s *runpb.Service, d Desired) {
	text := ""
	if d.Preview.Own() {
		text = ownPreview{d.Preview.Of, d.Preview.Name, expires(d)}.String()
	}
	annotate(&s.Annotations, ownKey, text)
}

// isPreview refuses a preview in the place of a service that is not that preview.
func isPreview(observed *runpb.Service, s release.Spec) error {
	if observed == nil || !s.Preview.Own() {
		return nil
	}
	if p, ok := ownOf(observed); ok && p.Of == s.Preview.Of && p.Name == s.Preview.Name {
		return nil
	}
	return errs.New(errs.Usage, "Give the preview another name.", "there is a service %s, which is no preview %s of %s: it is left as it is", s.Service, s.Preview.Name, s.Preview.Of)
}

// own gives the services that are previews of one.
func (t Target) own(ctx context.Context, s release.Spec) (all []release.Shown, err error) {
	found, err := t.client.list(ctx, s.Project, s.Region)
	if err != nil {
		return nil, err
	}
	for _, v := range found {
		p, ok := ownOf(v)
		if !ok || p.Of != s.Service {
			continue
		}
		all = append(all, release.Shown{
			Name: p.Name, URL: v.GetUri(), Revision: short(v.GetLatestReadyRevision()), Service: short(v.GetName()),
			Run: RunOf(v), Expires: p.Expires, Origin: originOf(v),
		})
	}
	return all, nil
}

// endOwn removes those whose time is over at a time, and says what it could not.
func (t Target) endOwn(ctx context.Context, s release.Spec, at time.Time, progress func(string)) string {
	if s.Preview.Own() {
		s.Service = s.Preview.Of
	}
	all, err := t.own(ctx, s)
	if err != nil {
		return "previews whose time is over stay: " + err.Error()
	}
	var warnings []string
	for _, p := range all {
		if !(ownPreview{Expires: p.Expires}).over(at) {
			continue
		}
		gone := s
		gone.Service, gone.Preview = p.Service, &release.Preview{Name: p.Name, Of: s.Service}
		ok, err := t.deleteOwn(ctx, gone, func(p ownPreview) bool { return p.over(at) })
		switch {
		case err != nil:
			warnings = append(warnings, "the preview "+p.Name+", whose time is over, stays: "+err.Error())
		case ok && progress != nil:
			progress("the time of the preview " + p.Name + " is over: the service " + p.Service + " is deleted")
		}
	}
	return strings.Join(warnings, "; ")
}

// deleteOwn removes a service with its jobs, if it is the preview that s says, and goes:
// as it is when it goes, not as it was when somebody looked.
func (t Target) deleteOwn(ctx context.Context, s release.Spec, goes func(ownPreview) bool) (ok bool, err error) {
	doing := "deleting the preview " + s.Service
	pauses := t.client.access.Backoff(t.client.endpoint())
	for try := range conflicts {
		observed, ok, err := t.client.Get(ctx, s.Project, s.Region, s.Service)
		if err != nil || !ok {
			return false, err
		}
		if p, is := ownOf(observed); !is || isPreview(observed, s) != nil || !goes(p) {
			return false, nil
		}
		if err := t.removeJobs(ctx, s); err != nil {
			return false, err
		}
		ok, err = t.client.deleteAs(ctx, s.Project, s.Region, s.Service, observed.GetEtag())
		if gcp.Code(err) != codes.Aborted { // else somebody has changed it since
			return ok, err
		}
		if err := poll.Sleep(ctx, t.client.access.Clock, pauses.Pause(try)); err != nil {
			return false, gcp.Error(err, doing)
		}
	}
	return false, errs.New(errs.Transient, "Run again.", "%s: something else keeps changing it", doing)
}
