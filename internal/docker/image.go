package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/api/pkg/authconfig"
	"github.com/moby/moby/api/types/registry"
	"github.com/moby/moby/client"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Auth is how to log in to a registry; the zero value is anonymous. For an
// access token the user is "oauth2accesstoken".
type Auth struct{ Username, Password string }

// header is the value of X-Registry-Auth. It is never empty: engine 20.10
// answers "missing X-Registry-Auth: EOF" to a push without it.
func (a Auth) header() (string, error) {
	return authconfig.Encode(registry.AuthConfig{Username: a.Username, Password: a.Password})
}

// Image is what the engine knows of an image.
type Image struct {
	ID      string   // sha256:…, of the image's config
	Tags    []string // repository:tag
	Digests []string // repository@sha256:…, of manifests
	Labels  map[string]string
	Env     []string // NAME=value
	Command []string // that a container of it runs: its entrypoint, and that one's arguments
	Ports   []int    // of TCP, that it says it listens on
	Size    int64
	Arch    string   // "amd64"
	Layers  []string // digests of what is in them, from the bottom
}

// InspectImage reads an image; false when the engine does not have it.
func (c *Client) InspectImage(ctx context.Context, ref string) (Image, bool, error) {
	res, err := c.api.ImageInspect(ctx, ref)
	if cerrdefs.IsNotFound(err) {
		return Image{}, false, nil
	}
	if err != nil {
		return Image{}, false, wrap(err, "inspecting image "+ref)
	}
	img := Image{ID: res.ID, Tags: res.RepoTags, Digests: res.RepoDigests, Size: res.Size, Arch: res.Architecture, Layers: res.RootFS.Layers}
	if res.Config != nil {
		img.Labels, img.Env = res.Config.Labels, res.Config.Env
		img.Command = slices.Concat(res.Config.Entrypoint, res.Config.Cmd)
		for port := range res.Config.ExposedPorts {
			number, protocol, _ := strings.Cut(port, "/")
			if n, err := strconv.Atoi(number); err == nil && (protocol == "" || protocol == "tcp") {
				img.Ports = append(img.Ports, n)
			}
		}
		slices.Sort(img.Ports)
	}
	return img, true, nil
}

// HasImage says whether the engine has an image, by name or by digest.
func (c *Client) HasImage(ctx context.Context, ref string) (bool, error) {
	_, ok, err := c.InspectImage(ctx, ref)
	return ok, err
}

// Pull fetches an image from its registry. errs.NotFound when the registry
// does not have it, errs.Auth when it refuses us.
func (c *Client) Pull(ctx context.Context, ref string, auth Auth) error {
	doing := "pulling " + ref
	h, err := auth.header()
	if err != nil {
		return wrap(err, doing)
	}
	res, err := c.api.ImagePull(ctx, ref, client.ImagePullOptions{RegistryAuth: h})
	if err != nil {
		return registryError(err, doing)
	}
	defer res.Close()
	return registryError(res.Wait(ctx), doing)
}

// Push sends an image to its registry.
func (c *Client) Push(ctx context.Context, ref string, auth Auth) error {
	doing := "pushing " + ref
	h, err := auth.header()
	if err != nil {
		return wrap(err, doing)
	}
	res, err := c.api.ImagePush(ctx, ref, client.ImagePushOptions{RegistryAuth: h})
	if err != nil {
		return registryError(err, doing)
	}
	defer res.Close()
	return registryError(res.Wait(ctx), doing)
}

// registryError sorts what a registry answered through the engine, which
// passes some of it on as text only.
func registryError(err error, doing string) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	switch {
	case strings.Contains(text, "manifest unknown"), strings.Contains(text, "not found") && !client.IsErrConnectionFailed(err):
		return errs.New(errs.NotFound, "", "%s: %w", doing, err)
	case strings.Contains(text, "unauthorized"), strings.Contains(text, "no basic auth credentials"), strings.Contains(text, "denied"), cerrdefs.IsUnauthorized(err):
		if !client.IsErrConnectionFailed(err) {
			return errs.New(errs.Auth, "", "%s: %w", doing, err)
		}
	}
	return wrap(err, doing)
}

// Save writes an image to an archive, as docker save does.
func (c *Client) Save(ctx context.Context, ref string, to io.Writer) error {
	doing := "saving " + ref
	res, err := c.api.ImageSave(ctx, []string{ref})
	if err != nil {
		return wrap(err, doing)
	}
	defer res.Close()
	_, err = io.Copy(to, res)
	return wrap(err, doing)
}

// Tag gives an image another name.
func (c *Client) Tag(ctx context.Context, ref, newRef string) error {
	_, err := c.api.ImageTag(ctx, client.ImageTagOptions{Source: ref, Target: newRef})
	return wrap(err, "tagging "+ref+" as "+newRef)
}

// Empty makes an image without files and gives it the name.
func (c *Client) Empty(ctx context.Context, ref string) error {
	doing := "making an empty image " + ref
	var archive bytes.Buffer
	if err := tar.NewWriter(&archive).Close(); err != nil {
		return wrap(err, doing)
	}
	res, err := c.api.ImageImport(ctx, client.ImageImportSource{Source: &archive, SourceName: "-"}, ref, client.ImageImportOptions{})
	if err != nil {
		return wrap(err, doing)
	}
	defer res.Close()
	_, err = io.Copy(io.Discard, res)
	return wrap(err, doing)
}

// ReadFile reads a small file out of an image, by way of a container with these labels
// that never runs. path is slashed, without a first slash.
func (c *Client) ReadFile(ctx context.Context, ref, path string, labels map[string]string) ([]byte, error) {
	doing := "reading " + path + " in " + ref
	id, err := c.Create(ctx, Container{Image: ref, Cmd: []string{"none"}, Labels: labels})
	if err != nil {
		return nil, err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removal)
		defer cancel()
		_ = c.Remove(ctx, id)
	}()
	res, err := c.api.CopyFromContainer(ctx, id, client.CopyFromContainerOptions{SourcePath: "/" + path})
	if err != nil {
		return nil, wrap(err, doing)
	}
	defer res.Content.Close()
	files := tar.NewReader(res.Content)
	head, err := files.Next()
	if err != nil || head.Typeflag != tar.TypeReg || head.Size > mostFile {
		return nil, errs.New(errs.Internal, "", "%s: it is no file of at most %d bytes", doing, mostFile)
	}
	data, err := io.ReadAll(files)
	return data, wrap(err, doing)
}

// mostFile is the most that ReadFile reads, removal how long its container's may take.
const (
	mostFile = 64 << 20
	removal  = 30 * time.Second
)

// RemoveImage removes a name of an image, and with its last name the image
// and its untagged parents. An unknown name is fine; an image that a running
// container uses is an error.
func (c *Client) RemoveImage(ctx context.Context, ref string) error {
	_, err := c.api.ImageRemove(ctx, ref, client.ImageRemoveOptions{Force: true, PruneChildren: true})
	if cerrdefs.IsNotFound(err) {
		return nil
	}
	return wrap(err, "removing image "+ref)
}

// Images lists the names (repository:tag and repository@digest) of all images
// that start with prefix, sorted.
func (c *Client) Images(ctx context.Context, prefix string) ([]string, error) {
	res, err := c.api.ImageList(ctx, client.ImageListOptions{})
	if err != nil {
		return nil, wrap(err, "listing images")
	}
	var names []string
	for _, img := range res.Items {
		for _, name := range slices.Concat(img.RepoTags, img.RepoDigests) {
			if strings.HasPrefix(name, prefix) && !strings.HasPrefix(name, "<none>") {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
