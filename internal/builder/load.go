package builder

import (
	"archive/tar"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/layer"
)

// load gives Docker a runtime image of whose layers it can have all from here, so that nobody
// waits for it to pull and unpack what was just compressed and pushed. below is the image
// that the layers were put on.
func (a assembly) load(ctx context.Context, d *docker.Client, below, ref string, config []byte, placed []layer.Placed) error {
	if slices.ContainsFunc(placed, func(p layer.Placed) bool { return a.folders[p.Digest] == "" }) {
		return nil // one is another build's
	}
	if loads, err := d.Loads(ctx); err != nil || !loads {
		return err
	}
	img, ok, err := d.InspectImage(ctx, below)
	if err != nil || !ok {
		return err
	}
	r, w := io.Pipe()
	go func() { w.CloseWithError(a.archive(ctx, w, ref, config, img.Layers, placed)) }()
	defer r.Close()
	return d.Load(ctx, r)
}

// archive writes what docker load reads, without the layers that it has.
func (a assembly) archive(ctx context.Context, to io.Writer, ref string, config []byte, below []string, placed []layer.Placed) error {
	w := tar.NewWriter(to)
	var names []string
	for n := range below {
		names = append(names, fmt.Sprintf("below/%d.tar", n))
	}
	for _, p := range placed {
		name := p.ID[len("sha256:"):] + ".tar"
		names = append(names, name)
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: p.Tar}); err != nil {
			return err
		}
		if err := a.tree.Write(ctx, a.folders[p.Digest], w); err != nil {
			return err
		}
	}
	manifest, err := json.Marshal([]any{map[string]any{"Config": "config.json", "RepoTags": []string{ref}, "Layers": names}})
	if err != nil {
		return err
	}
	for name, data := range map[string][]byte{"config.json": config, "manifest.json": manifest} {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data))}); err != nil {
			return err
		}
		if _, err := w.Write(data); err != nil {
			return err
		}
	}
	return w.Close()
}
