package registry

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// images are the calls of the registry protocol, with the handshake done once.
type images struct {
	access *gcp.Access
	puller func() (*remote.Puller, error)
	pusher func() (*remote.Pusher, error)
}

func (i *images) init(a *gcp.Access) {
	i.access = a
	i.puller = sync.OnceValues(func() (*remote.Puller, error) { return remote.NewPuller(i.options()...) })
	i.pusher = sync.OnceValues(func() (*remote.Pusher, error) { return remote.NewPusher(i.options()...) })
}

func (i *images) options() []remote.Option {
	t := remote.DefaultTransport.(*http.Transport).Clone()
	if i.access.Endpoint(gcp.Registry) != "" {
		t.Proxy = nil
	}
	t.ResponseHeaderTimeout = i.access.Limit() // else a call without an answer has no end
	b := i.access.Backoff(i.access.Endpoint(gcp.Registry))
	return []remote.Option{
		remote.WithAuthFromKeychain(keychain{i.access}), remote.WithUserAgent(i.access.UserAgent), remote.WithTransport(t),
		remote.WithRetryBackoff(remote.Backoff{Duration: b.Initial, Factor: 3, Jitter: 0.1, Steps: 5}),
		remote.WithRetryPredicate(again),
	}
}

// again says whether a call that failed so may be made once more: a server that
// slows us down, a broken connection, or no answer in time, which the library would
// take for the caller's own deadline.
func again(err error) bool {
	if errors.Is(err, context.Canceled) || ended(err) {
		return false
	}
	if t, ok := errors.AsType[temporary](err); ok && t.Temporary() {
		return true
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

type temporary interface {
	error
	Temporary() bool
}

// ended says whether it was the caller's time that was over.
func ended(err error) bool {
	for err != nil && err != context.DeadlineExceeded { //nolint:errorlint // a transport's own deadline says that it is this one, too
		err = errors.Unwrap(err)
	}
	return err != nil
}

// parse reads a reference of the repository.
func (c *Client) parse(image, version string) (name.Reference, error) {
	ref, err := name.ParseReference(c.Ref(image, version), name.StrictValidation)
	if err != nil {
		return nil, errs.New(errs.Internal, "", "the image reference %s: %w", c.Ref(image, version), err)
	}
	return ref, nil
}

// pull gives an image of the repository, by digest or tag.
func (c *Client) pull(ctx context.Context, image, version string) (v1.Image, error) {
	ref, err := c.parse(image, version)
	if err != nil {
		return nil, err
	}
	p, err := c.images.puller()
	if err != nil {
		return nil, c.failed("Get", err, "reading "+ref.String())
	}
	d, err := p.Get(ctx, ref)
	if err != nil {
		return nil, c.failed("Get", err, "reading "+ref.String())
	}
	img, err := d.Image()
	return img, c.failed("Get", err, "reading "+ref.String())
}

// Layer is one layer of an image.
type Layer struct {
	ID   string // digest of what is in it: the same however it is compressed
	Blob string // digest of the bytes in the registry
	Size int64  // of those bytes
}

// Content gives an image's labels, and its layers from the bottom. It reads the
// manifest and the configuration, and no layer.
func (c *Client) Content(ctx context.Context, image, version string) (labels map[string]string, layers []Layer, err error) {
	doing := "reading " + c.Ref(image, version)
	img, err := c.pull(ctx, image, version)
	if err != nil {
		return nil, nil, err
	}
	m, err := img.Manifest()
	if err != nil {
		return nil, nil, c.failed("Get", err, doing)
	}
	f, err := img.ConfigFile()
	if err != nil {
		return nil, nil, c.failed("Get", err, doing)
	}
	for i, l := range m.Layers {
		layer := Layer{Blob: l.Digest.String(), Size: l.Size}
		if i < len(f.RootFS.DiffIDs) {
			layer.ID = f.RootFS.DiffIDs[i].String()
		}
		layers = append(layers, layer)
	}
	return f.Config.Labels, layers, nil
}

// Labels are those of an image, by digest or tag.
func (c *Client) Labels(ctx context.Context, image, version string) (map[string]string, error) {
	img, err := c.pull(ctx, image, version)
	if err != nil {
		return nil, err
	}
	f, err := img.ConfigFile()
	if err != nil {
		return nil, c.failed("Get", err, "reading the labels of "+c.Ref(image, version))
	}
	return f.Config.Labels, nil
}

// Size is what an image's layers weigh in the registry, in bytes.
func (c *Client) Size(ctx context.Context, image, version string) (int64, error) {
	img, err := c.pull(ctx, image, version)
	if err != nil {
		return 0, err
	}
	m, err := img.Manifest()
	if err != nil {
		return 0, c.failed("Get", err, "reading the size of "+c.Ref(image, version))
	}
	var n int64
	for _, l := range m.Layers {
		n += l.Size
	}
	return n, nil
}

// pinTime bounds the look at a registry that is not ours.
const pinTime = 3 * time.Second

// Pin gives a foreign image's reference by digest; "" when no registry says. A
// reference by digest is given back as it is.
func (c *Client) Pin(ctx context.Context, ref string) string {
	if strings.Contains(ref, "@sha256:") {
		return ref
	}
	r, err := name.ParseReference(ref)
	if err != nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, pinTime)
	defer cancel()
	d, err := remote.Head(r, append(c.images.options(), remote.WithContext(ctx), remote.WithRetryBackoff(remote.Backoff{Steps: 1}))...)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(ref, ":"+r.Identifier()) + "@" + d.Digest.String()
}

// failed is the error of a call of the registry protocol: "Get", "Push" or "Upload".
func (c *Client) failed(call string, err error, doing string) error {
	if err == nil {
		return nil
	}
	if t, ok := errors.AsType[*transport.Error](err); ok {
		err = gcp.Answered(err, t.StatusCode)
	}
	return c.access.Error(gcp.Called(err, "registry."+call, c.resource()), c.access.Endpoint(gcp.Registry), doing)
}
