package run

import (
	"context"
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
	"sync"

	api "cloud.google.com/go/run/apiv2"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

var tagForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z]([a-z0-9-]*[a-z0-9])?$`) })

// mostOfTag is how long a tag and a service's name may be together: with what else stands
// in the first part of the URL's host that is a DNS label
// (cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration).
const mostOfTag = 46

// checkTag refuses what cannot be a tag of the service.
func checkTag(service, tag string) error {
	switch {
	case !tagForm().MatchString(tag):
		return errs.New(errs.Usage, "Try one such as next.", "a tag must start with a letter, hold only a-z, 0-9 and hyphens, and not end in a hyphen, unlike %q", tag)
	case len(tag)+len(service) > mostOfTag:
		return errs.New(errs.Usage, "Choose a shorter one.", "the tag %s and the service's name are %d characters together, and Cloud Run takes %d", tag, len(tag)+len(service), mostOfTag)
	}
	return nil
}

// revisionName is the name of the revision that a run makes, of the form that Cloud Run
// itself gives: the same for the same run and generation.
func revisionName(d Desired, generation int64) string {
	sum := sha256.Sum256([]byte(d.Run.ID))
	letters := make([]byte, 3)
	for n := range letters {
		letters[n] = 'a' + sum[n]%26
	}
	return fmt.Sprintf("%s-%05d-%s", d.Service, generation, letters)
}

// tagURL is where the revision of a tag is asked; "" where there is none.
func tagURL(s *runpb.Service, tag string) string {
	for _, t := range s.GetTrafficStatuses() {
		if tag != "" && t.GetTag() == tag {
			return t.GetUri()
		}
	}
	return ""
}

// atTag is the revision of a tag; "" where there is none.
func atTag(s *runpb.Service, tag string) string {
	for _, t := range s.GetTraffic() {
		if t.GetTag() == tag {
			return t.GetRevision()
		}
	}
	return ""
}

// Tag gives a revision a tag, or takes the tag away.
func (t Target) Tag(ctx context.Context, s release.Spec, tag, revision string) (url string, err error) {
	doing := "tagging " + revision + " as " + tag
	if revision == "" {
		doing = "taking the tag " + tag + " away"
	}
	always := func(*runpb.Service) bool { return true }
	now, err := t.route(ctx, s, doing, always, func(observed *runpb.Service) []*runpb.TrafficTarget {
		return retagged(observed.GetTraffic(), tag, revision)
	})
	return tagURL(now, tag), err
}

// route changes where requests go, and nothing else, and gives the service as it is then;
// where wait says that it need not, of the service as it was, as it was.
func (t Target) route(ctx context.Context, s release.Spec, doing string, wait func(*runpb.Service) bool, to func(observed *runpb.Service) []*runpb.TrafficTarget) (now *runpb.Service, err error) {
	operation, err := t.client.Update(ctx, s, doing, func(observed *runpb.Service) (*runpb.Service, error) {
		if observed == nil {
			return nil, errs.New(errs.NotFound, "Run `gcpdeploy up`.", "there is no service %s in %s, %s", s.Service, s.Project, s.Region)
		}
		now = observed
		want := Input(observed)
		want.Traffic = to(observed)
		forgetPreviews(want)
		if proto.Equal(comparable(want), comparable(observed)) {
			return nil, nil
		}
		return want, nil
	})
	if err != nil || operation == "" || !wait(now) {
		return now, err
	}
	op, err := t.client.follow(ctx, operation, doing, nil)
	if err != nil {
		return nil, err
	}
	now, _, err = t.client.Get(ctx, s.Project, s.Region, s.Service)
	if err != nil {
		return nil, err
	}
	// The operation of a service whose newest revision is not ready ends badly, and the
	// requests go where they are to all the same.
	if err := gcp.Failed(op); err != nil && Ready(now) {
		return now, errs.New(errs.Build, "", "%s: %w", doing, err)
	}
	return now, nil
}

// Discard removes a revision that has no traffic. Cloud Run keeps the newest.
func (t Target) Discard(ctx context.Context, s release.Spec, revision string) (left string, err error) {
	doing := "removing " + revision
	serves := false
	// A service is not done before its newest revision has come up, or has not: the longest wait.
	newest := func(s *runpb.Service) bool { return short(s.GetLatestCreatedRevision()) == revision }
	now, err := t.route(ctx, s, doing, func(s *runpb.Service) bool { return !newest(s) }, func(observed *runpb.Service) (traffic []*runpb.TrafficTarget) {
		serves = slices.ContainsFunc(served(observed), func(share release.Share) bool { return share.Revision == revision && share.Percent > 0 })
		traffic = observed.GetTraffic()
		for _, target := range observed.GetTraffic() {
			if !serves && target.GetRevision() == revision && target.GetTag() != "" {
				traffic = retagged(traffic, target.GetTag(), "")
			}
		}
		return traffic
	})
	switch {
	case err != nil:
		return "", err
	case serves:
		return "", errs.New(errs.Usage, "Run `gcpdeploy traffic` to give it to another one first.", "%s: it has traffic", doing)
	case newest(now):
		return "Cloud Run keeps the newest revision of a service", nil
	}
	r, err := t.client.revisions()
	if err != nil {
		return "", err
	}
	err = t.client.access.Retry(ctx, t.client.endpoint(), doing, t.client.access.Patience(t.client.endpoint()), func(ctx context.Context) error {
		return deleteRevision(ctx, r, name(s.Project, s.Region, s.Service)+"/revisions/"+revision)
	})
	if gcp.Code(err) == codes.NotFound {
		err = nil
	}
	return "", err
}

func deleteRevision(ctx context.Context, r *api.RevisionsClient, full string) error {
	_, err := r.DeleteRevision(ctx, &runpb.DeleteRevisionRequest{Name: full}, gcp.Once)
	return err
}
