package builder

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// Shelf is the worker's Docker, as the images that runtimes stand on are taken from it.
type Shelf interface {
	InspectImage(ctx context.Context, ref string) (docker.Image, bool, error)
	// Get pulls an image that may be somebody else's.
	Get(ctx context.Context, ref string) error
	// Save writes an image as docker save does.
	Save(ctx context.Context, ref string, to io.Writer) error
}

// Saved is the registry, as it takes them.
type Saved interface {
	Digest(ctx context.Context, image, tag string) (digest string, ok bool, err error)
	MoveTag(ctx context.Context, image, tag, digest string) error
	MountImage(ctx context.Context, from, digest, to string) error
	// PushSaved pushes what docker save wrote, but for the layers that known images have.
	PushSaved(ctx context.Context, file, image, tag string, known ...string) (digest string, err error)
}

// Base puts the base image into the registry, before anything stands on it, under a key of
// what Docker has of it. dir is the build's source. It is for speed only, so that it fails
// nothing.
func Base(ctx context.Context, d Shelf, reg Saved, p plan.Plan, dir string, out io.Writer) error {
	img, ok, err := d.InspectImage(ctx, p.Base)
	if err == nil && !ok {
		if err = d.Get(ctx, p.Base); err == nil {
			img, _, err = d.InspectImage(ctx, p.Base)
		}
	}
	there := ""
	if err == nil {
		there, err = base(ctx, reg, img)
	}
	if err == nil && there == "" {
		there, err = pushSaved(ctx, d, reg, p.Base, inventory.BaseKey(img.ID).Hash, dir)
	}
	if err == nil {
		fmt.Fprintf(out, "the base image is %s\n", key.Short(there))
	} else if ctx.Err() == nil {
		fmt.Fprintf(out, "the base image is pushed later: %v\n", err)
	}
	return ctx.Err()
}

// base is the digest of the base image in the registry, whose layers are the runtime's
// then, too; "" where it is not there, or not all of it any more.
func base(ctx context.Context, reg Saved, img docker.Image) (string, error) {
	digest, ok, err := reg.Digest(ctx, plan.System, inventory.BaseKey(img.ID).Hash)
	if err != nil || !ok {
		return "", err
	}
	err = reg.MountImage(ctx, plan.System, digest, plan.Runtime)
	if errs.KindOf(err) == errs.NotFound {
		return "", nil
	}
	return digest, err
}

// PushSystem puts what a runtime stands on into the registry under ref, by which Docker
// has it. Of the base nothing is sent again, nor compressed.
func PushSystem(ctx context.Context, d Shelf, reg Saved, p plan.Plan, ref, dir string, out io.Writer) error {
	f, err := readFound(dir)
	if err != nil {
		return err
	}
	_, tag, _ := cut(ref)
	if f.Known != "" {
		return reg.MoveTag(ctx, plan.System, tag, f.Known)
	}
	img, ok, err := d.InspectImage(ctx, ref)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "", "the image %s is not on this Docker", ref)
	}
	if err != nil {
		return err
	}
	below, ok, err := d.InspectImage(ctx, p.Base)
	if err != nil {
		return err
	}
	var known []string
	if ok {
		there, err := base(ctx, reg, below)
		if err != nil {
			return err
		}
		if there != "" && slices.Equal(img.Layers, below.Layers) {
			fmt.Fprintln(out, "it is the base image")
			return reg.MoveTag(ctx, plan.System, tag, there)
		}
		if there != "" {
			known = append(known, there)
		}
	}
	digest, err := pushSaved(ctx, d, reg, ref, tag, dir, known...)
	if err == nil {
		fmt.Fprintf(out, "the system is %s\n", key.Short(digest))
	}
	return err
}

func pushSaved(ctx context.Context, d Shelf, reg Saved, ref, tag, dir string, known ...string) (digest string, err error) {
	if dir, err = os.MkdirTemp(filepath.Join(dir, plan.Dir), "saved-"); err != nil {
		return "", fmt.Errorf("saving %s: %w", ref, err)
	}
	defer os.RemoveAll(dir)
	f, err := os.Create(filepath.Join(dir, "image.tar"))
	if err != nil {
		return "", fmt.Errorf("saving %s: %w", ref, err)
	}
	defer f.Close()
	if err := d.Save(ctx, ref, f); err != nil {
		return "", err
	}
	return reg.PushSaved(ctx, f.Name(), plan.System, tag, known...)
}
