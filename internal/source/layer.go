package source

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// whiteout begins the names that hide what the layers below have.
const whiteout = ".wh."

// Keep has a folder, and those above it, in the tree, whether or not there is one. It
// is to be called before the tree is used.
func (t *Tree) Keep(folder string) {
	for d := path.Clean(folder); d != "."; d = path.Dir(d) {
		if i, ok := slices.BinarySearch(t.dirs, d); !ok {
			t.dirs = slices.Insert(t.dirs, i, d)
		}
	}
}

// WriteLayer writes the tree as the tar of an image's layer, in which it lies in a
// folder at the top. All of it is owned by one user and its group; modes and times are
// those of the archive that it was sent in, so the same content is the same bytes.
// Contents are hashed again on the way, as WriteArchive does.
func (t *Tree) WriteLayer(ctx context.Context, w io.Writer, folder string, owner int) error {
	entries, err := t.entries(nil)
	if err != nil {
		return err
	}
	for i, e := range entries {
		if strings.HasPrefix(path.Base(e.name), whiteout) {
			return errs.New(errs.Usage, "Rename it, or leave it out in .dockerignore.", "%s: in an image a name that begins with %s says that something is gone", e.name, whiteout)
		}
		entries[i].under, entries[i].owner = folder, owner
	}
	out := tar.NewWriter(w)
	// Without it who unpacks would make the folder anew, with an owner and a mode of its own.
	if err := put(out, entry{name: ".", dir: true, under: folder, owner: owner}, nil); err != nil {
		return err
	}
	if err := t.write(ctx, out, entries); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("ending the layer: %w", err)
	}
	return nil
}
