package registry

import (
	"context"
	"io"
	"maps"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/layer"
)

// PushLayer puts an image of one layer and labels into the repository, without a tag and
// a time of its own, and gives its digest: the same layer and labels give the same one.
func (c *Client) PushLayer(ctx context.Context, image string, l layer.Blob, labels map[string]string) (digest string, err error) {
	doing := "pushing a layer to " + c.Repository() + "/" + image
	added, err := partial.CompressedToLayer(blob{Blob: l, kind: types.DockerLayer})
	if err != nil {
		return "", errs.New(errs.Internal, "", "%s: %w", doing, err)
	}
	img, err := mutate.AppendLayers(mutate.MediaType(empty.Image, types.DockerManifestSchema2), added)
	if err != nil {
		return "", errs.New(errs.Internal, "", "%s: %w", doing, err)
	}
	f, err := img.ConfigFile()
	if err != nil {
		return "", errs.New(errs.Internal, "", "%s: %w", doing, err)
	}
	f = f.DeepCopy()
	f.OS, f.Architecture, f.Config, f.History = "linux", "amd64", v1.Config{Labels: labels}, nil
	if img, err = mutate.ConfigFile(img, f); err != nil {
		return "", errs.New(errs.Internal, "", "%s: %w", doing, err)
	}
	return c.pushDigest(ctx, image, img, doing)
}

// pushDigest puts an image into the repository without a tag.
func (c *Client) pushDigest(ctx context.Context, image string, img v1.Image, doing string) (digest string, err error) {
	h, err := img.Digest()
	if err != nil {
		return "", errs.New(errs.Internal, "", "%s: %w", doing, err)
	}
	return c.put(ctx, image, h.String(), img, doing)
}

// put puts an image into the repository, under a tag or its digest. What it is made of is
// looked for piece by piece: a registry that has the manifest may have lost a layer.
func (c *Client) put(ctx context.Context, image, version string, img v1.Image, doing string) (digest string, err error) {
	to, err := c.parse(image, version)
	if err != nil {
		return "", err
	}
	h, err := img.Digest()
	if err != nil {
		return "", errs.New(errs.Internal, "", "%s: %w", doing, err)
	}
	layers, err := img.Layers()
	if err != nil {
		return "", errs.New(errs.Internal, "", "%s: %w", doing, err)
	}
	config, err := partial.ConfigLayer(img)
	if err != nil {
		return "", errs.New(errs.Internal, "", "%s: %w", doing, err)
	}
	p, err := c.images.pusher()
	if err != nil {
		return "", c.failed("Push", err, doing)
	}
	g, gctx := errgroup.WithContext(ctx)
	for _, l := range append(layers, config) {
		g.Go(func() error { return p.Upload(gctx, to.Context(), l) })
	}
	if err := g.Wait(); err != nil {
		return "", c.failed("Push", err, doing)
	}
	return h.String(), c.failed("Push", p.Push(ctx, to, img), doing)
}

// Layer is the one layer of an image of PushLayer's, and the image's labels. NotFound
// where there is no such image.
func (c *Client) Layer(ctx context.Context, image, version string) (layer.Blob, map[string]string, error) {
	labels, layers, err := c.Content(ctx, image, version)
	if err == nil && len(layers) != 1 {
		err = errs.New(errs.NotFound, "", "%s is no image of one layer", c.Ref(image, version))
	}
	if err != nil {
		return layer.Blob{}, nil, err
	}
	return layer.Blob{Digest: layers[0].Blob, ID: layers[0].ID, Size: layers[0].Size}, labels, nil
}

// Mount lets a layer of one image be one of another, which needs no image of that name
// yet: for who holds it the layer stays, although the first image goes. NotFound where
// the registry has the layer no more.
func (c *Client) Mount(ctx context.Context, from, to string, l layer.Blob) error {
	doing := "mounting a layer of " + c.Repository() + "/" + from
	there, err := c.mountable(ctx, from, l, types.DockerLayer)
	if err != nil {
		return c.failed("Get", err, doing)
	}
	repo, err := name.NewRepository(c.Repository() + "/" + to)
	if err != nil {
		return errs.New(errs.Internal, "", "%s: %w", doing, err)
	}
	p, err := c.images.pusher()
	if err != nil {
		return c.failed("Upload", err, doing)
	}
	return c.failed("Upload", p.Upload(ctx, repo, there), doing)
}

// MountImage is Mount for all layers of an image.
func (c *Client) MountImage(ctx context.Context, from, digest, to string) error {
	_, layers, err := c.Content(ctx, from, digest)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, l := range layers {
		g.Go(func() error { return c.Mount(ctx, from, to, layer.Blob{Digest: l.Blob, ID: l.ID, Size: l.Size}) })
	}
	return g.Wait()
}

// mountable is a layer of an image in the repository, which is read only where the
// registry cannot take it from there by itself.
func (c *Client) mountable(ctx context.Context, image string, l layer.Blob, kind types.MediaType) (v1.Layer, error) {
	ref, err := name.NewDigest(c.Ref(image, l.Digest), name.StrictValidation)
	if err != nil {
		return nil, err
	}
	there, err := partial.CompressedToLayer(kept{blob{l, kind}, func() (io.ReadCloser, error) {
		p, err := c.images.puller()
		if err != nil {
			return nil, err
		}
		read, err := p.Layer(ctx, ref)
		if err != nil {
			return nil, err
		}
		return read.Compressed()
	}})
	if err != nil {
		return nil, err
	}
	return &remote.MountableLayer{Layer: there, Reference: ref}, nil
}

// kept is a layer that is in the registry.
type kept struct {
	blob
	open func() (io.ReadCloser, error)
}

// Compressed implements partial.CompressedLayer.
func (k kept) Compressed() (io.ReadCloser, error) { return k.open() }

// Stack puts layers on an image of the repository, and all under a tag of another one,
// and gives the digest. Layers without a file are of the image that their From names. No
// time is in it: the same image, layers and configuration give the same digest wherever
// and whenever. The tag is written last.
func (c *Client) Stack(ctx context.Context, image, digest, to, tag string, layers []layer.Placed, more layer.Ground) (stacked string, err error) {
	below, err := c.pull(ctx, image, digest)
	if err != nil {
		return "", err
	}
	img, err := c.stack(ctx, below, layers, more)
	if err != nil {
		return "", c.failed("Get", err, "putting layers on "+c.Ref(image, digest))
	}
	return c.Push(ctx, to, tag, img)
}

func (c *Client) stack(ctx context.Context, below v1.Image, layers []layer.Placed, more layer.Ground) (v1.Image, error) {
	kind := types.DockerLayer
	if mt, err := below.MediaType(); err == nil && mt == types.OCIManifestSchema1 {
		kind = types.OCILayer
	}
	var added []mutate.Addendum
	for _, p := range layers {
		var l v1.Layer
		var err error
		if p.From == "" {
			l, err = partial.CompressedToLayer(blob{p.Blob, kind})
		} else {
			l, err = c.mountable(ctx, p.From, p.Blob, kind)
		}
		if err != nil {
			return nil, err
		}
		added = append(added, mutate.Addendum{Layer: l, MediaType: kind, History: v1.History{CreatedBy: "gcpdeploy: " + p.What}})
	}
	img, err := mutate.Append(below, added...)
	if err != nil {
		return nil, err
	}
	f, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	f = f.DeepCopy()
	f.Created, f.Container, f.DockerVersion = v1.Time{}, "", ""
	for i := range f.History {
		f.History[i].Created = v1.Time{}
	}
	found(&f.Config, more)
	return mutate.ConfigFile(img, f)
}

// usualPath is what Docker takes for PATH where an image has none.
const usualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// found changes an image's configuration as the lines of a Dockerfile do.
func found(c *v1.Config, more layer.Ground) {
	path := usualPath
	for _, line := range c.Env {
		if value, ok := strings.CutPrefix(line, "PATH="); ok {
			path = value
		}
	}
	setEnv(c, "PATH", more.Path+":"+path)
	for _, line := range more.Env {
		name, value, _ := strings.Cut(line, "=")
		setEnv(c, name, value)
	}
	c.WorkingDir, c.User = more.WorkDir, more.User
	if c.Labels == nil {
		c.Labels = map[string]string{}
	}
	maps.Copy(c.Labels, more.Labels)
}
