package registry

import (
	"context"
	"time"

	api "cloud.google.com/go/artifactregistry/apiv1"
	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/gcpdeploy/gcpdeploy/gcp"
)

// Policy is a cleanup policy by its ID: what the registry removes by itself, or
// with Keep what it must not remove whatever else says so.
type Policy struct {
	ID          string
	Keep        bool
	Packages    []string // beginnings of their names; none = all
	TagPrefixes []string // one of which a tag begins with; none = tagged or not
	OlderThan   time.Duration
}

// Setup is how the repository is set up.
type Setup struct {
	Docker   bool // of the format that images are in
	Labels   map[string]string
	Policies map[string]bool // IDs of cleanup policies that it has
}

// Setup looks at the repository; NotFound where there is none.
func (c *Client) Setup(ctx context.Context) (Setup, error) {
	r, err := c.get(ctx)
	s := Setup{Docker: r.GetFormat() == artifactregistrypb.Repository_DOCKER, Labels: r.GetLabels(), Policies: map[string]bool{}}
	for id := range r.GetCleanupPolicies() {
		s.Policies[id] = true
	}
	return s, err
}

func (c *Client) get(ctx context.Context) (found *artifactregistrypb.Repository, err error) {
	err = c.retry(ctx, "looking for the repository "+c.Repository(), func(ctx context.Context, r *api.Client) (err error) {
		found, err = r.GetRepository(ctx, &artifactregistrypb.GetRepositoryRequest{Name: c.resource()}, gcp.Once)
		return err
	})
	return found, err
}

// SetPolicies adds cleanup policies to the repository, and takes away those of
// some IDs. Others stay as they are.
func (c *Client) SetPolicies(ctx context.Context, add []Policy, remove ...string) error {
	now, err := c.get(ctx)
	if err != nil {
		return err
	}
	all := now.GetCleanupPolicies()
	if all == nil {
		all = map[string]*artifactregistrypb.CleanupPolicy{}
	}
	for _, id := range remove {
		delete(all, id)
	}
	for _, p := range add {
		all[p.ID] = p.message()
	}
	return c.retry(ctx, "setting the cleanup policies of "+c.Repository(), func(ctx context.Context, r *api.Client) error {
		_, err := r.UpdateRepository(ctx, &artifactregistrypb.UpdateRepositoryRequest{
			Repository: &artifactregistrypb.Repository{Name: c.resource(), CleanupPolicies: all},
			UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"cleanup_policies"}},
		}, gcp.Once)
		return err
	})
}

func (p Policy) message() *artifactregistrypb.CleanupPolicy {
	m := &artifactregistrypb.CleanupPolicy{Id: p.ID, Action: artifactregistrypb.CleanupPolicy_DELETE}
	if p.Keep {
		m.Action = artifactregistrypb.CleanupPolicy_KEEP
	}
	state := artifactregistrypb.CleanupPolicyCondition_ANY
	if len(p.TagPrefixes) > 0 {
		state = artifactregistrypb.CleanupPolicyCondition_TAGGED
	}
	c := &artifactregistrypb.CleanupPolicyCondition{TagState: &state, TagPrefixes: p.TagPrefixes, PackageNamePrefixes: p.Packages}
	if p.OlderThan > 0 {
		c.OlderThan = durationpb.New(p.OlderThan)
	}
	m.ConditionType = &artifactregistrypb.CleanupPolicy_Condition{Condition: c}
	return m
}

// DeleteRepository removes the repository with all images in it. One that is not
// there is no error.
func (c *Client) DeleteRepository(ctx context.Context) error {
	doing := "deleting the repository " + c.Repository()
	var op *api.DeleteRepositoryOperation
	var get gcp.GetOperation
	err := c.retry(ctx, doing, func(ctx context.Context, r *api.Client) (err error) {
		get = r.GetOperation
		op, err = r.DeleteRepository(ctx, &artifactregistrypb.DeleteRepositoryRequest{Name: c.resource()}, gcp.Once)
		return err
	})
	if err == nil {
		done, werr := c.access.Wait(ctx, c.endpoint(), doing, op.Name(), get, nil)
		if err = werr; err == nil {
			err = gcp.Error(gcp.Failed(done), doing)
		}
	}
	if gcp.Code(err) == codes.NotFound {
		return nil
	}
	return err
}
