// Package registry is Artifact Registry as a deploy uses it: which tag points
// to which digest, key tags that are created once and never overwritten, and,
// over the registry protocol, the labels and small files of an image and the
// push of the builder image. What a key means it does not know.
package registry

import (
	"context"
	"strings"
	"sync"

	api "cloud.google.com/go/artifactregistry/apiv1"
	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Client talks to one repository. Images are named by their package in it:
// "runtime", "wheels". It may be shared.
type Client struct {
	access                *gcp.Access
	project, region, name string
	client                func() (*api.Client, error)
	images                images
}

// Description is that of a repository that is made here.
const Description = "Images made by gcpdeploy"

// New makes a Client for a repository, which connects when it is first used.
func New(a *gcp.Access, project, region, name string) *Client {
	c := &Client{access: a, project: project, region: region, name: name}
	c.client = sync.OnceValues(func() (*api.Client, error) {
		opts, err := a.GRPC(a.Endpoint(gcp.ArtifactRegistry))
		if err != nil {
			return nil, err
		}
		r, err := api.NewClient(context.Background(), opts...)
		return r, gcp.Error(err, "connecting to Artifact Registry")
	})
	c.images.init(a)
	return c
}

// Repository is what references to the repository's images begin with.
func (c *Client) Repository() string { return c.access.Repository(c.project, c.region, c.name) }

// Ref is the reference of an image by digest ("sha256:…") or by tag.
func (c *Client) Ref(image, version string) string {
	if strings.HasPrefix(version, "sha256:") {
		return c.Repository() + "/" + image + "@" + version
	}
	return c.Repository() + "/" + image + ":" + version
}

func (c *Client) endpoint() string { return c.access.Endpoint(gcp.ArtifactRegistry) }

func (c *Client) location() string {
	return "projects/" + c.project + "/locations/" + c.region
}

func (c *Client) resource() string { return c.location() + "/repositories/" + c.name }

// image is a package's resource name. Slashes in an image's name are escaped there.
func (c *Client) image(image string) string {
	return c.resource() + "/packages/" + strings.ReplaceAll(image, "/", "%2F")
}

// retry makes a call that may be made twice.
func (c *Client) retry(ctx context.Context, doing string, call func(context.Context, *api.Client) error) error {
	r, err := c.client()
	if err != nil {
		return err
	}
	return c.access.Retry(ctx, c.endpoint(), doing, c.access.Patience(c.endpoint()), func(ctx context.Context) error { return call(ctx, r) })
}

// Digest is where an image's tag points to. A tag, an image or a repository
// that is not there gives ok false; a denied look-up is an error, never a miss.
func (c *Client) Digest(ctx context.Context, image, tag string) (digest string, ok bool, err error) {
	var t *artifactregistrypb.Tag
	err = c.retry(ctx, "looking up "+c.Ref(image, tag), func(ctx context.Context, r *api.Client) (err error) {
		t, err = r.GetTag(ctx, &artifactregistrypb.GetTagRequest{Name: c.image(image) + "/tags/" + tag}, gcp.Once)
		return err
	})
	if gcp.Code(err) == codes.NotFound {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	return last(t.GetVersion()), true, nil
}

// EnsureRepository makes the repository where there is none; labels are those of a
// new one.
func (c *Client) EnsureRepository(ctx context.Context, labels map[string]string) error {
	doing := "creating the repository " + c.Repository()
	_, err := c.get(ctx)
	if gcp.Code(err) != codes.NotFound {
		return err
	}
	var op *api.CreateRepositoryOperation
	var get gcp.GetOperation
	err = c.retry(ctx, doing, func(ctx context.Context, r *api.Client) (err error) {
		get = r.GetOperation
		op, err = r.CreateRepository(ctx, &artifactregistrypb.CreateRepositoryRequest{
			Parent: c.location(), RepositoryId: c.name,
			Repository: &artifactregistrypb.Repository{
				Format:      artifactregistrypb.Repository_DOCKER,
				Description: Description, Labels: labels,
			},
		}, gcp.Once)
		return err
	})
	if err == nil {
		done, werr := c.access.Wait(ctx, c.endpoint(), doing, op.Name(), get, nil)
		if err = werr; err == nil {
			err = c.access.Error(gcp.Failed(done), c.endpoint(), doing)
		}
	}
	if gcp.Code(err) != codes.AlreadyExists {
		return err
	}
	// Another run was first; or it is the emulators', in whose images' names no
	// region is, so that a project has a repository's name once for all regions.
	if _, gone := c.get(ctx); gcp.Code(gone) == codes.NotFound {
		return errs.New(errs.Usage, "Name the region of the first deploy with --region, or a repository for this one with --repository.",
			"the repository %s is not in the region %s: %w", c.name, c.region, err)
	}
	return nil
}

// last is the last part of a resource name.
func last(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
