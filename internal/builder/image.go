package builder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/layer"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/source"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// Appender puts a layer on an image, and both under a tag of another one, in the
// registry: what is below the layer stays there.
type Appender interface {
	Append(ctx context.Context, image, digest, to, tag string, l layer.Blob, more layer.Config) (appended string, err error)
}

// Image makes the app's image in the registry: a runtime image by digest, and one layer
// with the build's source, which lies in dir. ref is what it is called there. The same
// source on the same runtime gives the same digest.
func Image(ctx context.Context, reg Appender, dir, runtime, ref string, out io.Writer) error {
	var a plan.AppImage
	data, err := os.ReadFile(filepath.Join(dir, plan.AppImageFile))
	if err == nil {
		err = json.Unmarshal(data, &a)
	}
	if err != nil {
		return fmt.Errorf("reading what the image is to have: %w", err)
	}
	l, files, err := appLayer(ctx, dir, a)
	if err != nil {
		return err
	}
	defer os.Remove(l.Path)
	repo, tag, _ := cut(ref)
	service := repo[strings.LastIndexByte(repo, '/')+1:]
	_, below, _ := cut(runtime)
	digest, err := reg.Append(ctx, plan.Runtime, below, service, tag, l, a.Config)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s, %s packed, on the runtime: %s is %s\n", ui.Count(files, "file"), ui.Bytes(l.Size), service, key.Short(digest))
	return nil
}

// appLayer writes the layer into a file, which is the caller's to remove.
func appLayer(ctx context.Context, dir string, a plan.AppImage) (l layer.Blob, files int, err error) {
	ignore, err := os.ReadFile(filepath.Join(dir, plan.IgnoreFile))
	if err != nil {
		return l, 0, fmt.Errorf("reading what stays out of the image: %w", err)
	}
	tree, err := source.Context(ctx, dir, ignore)
	if err != nil {
		return l, 0, err
	}
	if folder, ok := strings.CutPrefix(a.WorkDir, "/"+a.Folder+"/"); ok {
		tree.Keep(folder) // as WORKDIR does
	}
	w, err := layer.Create("")
	if err != nil {
		return l, 0, fmt.Errorf("writing the app's layer: %w", err)
	}
	if err := tree.WriteLayer(ctx, w, a.Folder, a.Owner); err != nil {
		return l, 0, errors.Join(err, w.Discard())
	}
	if l, err = w.Close(); err != nil {
		return l, 0, fmt.Errorf("writing the app's layer: %w", err)
	}
	return l, len(tree.Files), nil
}
