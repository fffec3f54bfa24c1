package docker

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moby/moby/client"

	"github.com/gcpdeploy/gcpdeploy/internal/program"
)

// ClientLabel is on images that ClientImage makes; its value tells their content.
const ClientLabel = "dev.gcpdeploy.docker-client"

// clientPath is where the client is in the image, as in Cloud Build's.
const clientPath = "/usr/bin/docker"

// ClientImage gives the name ref to an image of this machine's docker command, with
// what it is loaded with and its buildx plugin, whose entrypoint is the command.
// An image of that name with the very same in it is left as it is.
func (c *Client) ClientImage(ctx context.Context, command, ref string) error {
	files, err := clientFiles(command)
	if err != nil {
		return fmt.Errorf("making an image of %s: %w", command, err)
	}
	content, err := contentOf(files)
	if err != nil {
		return fmt.Errorf("making an image of %s: %w", command, err)
	}
	img, ok, err := c.InspectImage(ctx, ref)
	if err != nil || ok && img.Labels[ClientLabel] == content {
		return err
	}
	doing := "making the image " + ref
	archive, w := io.Pipe()
	go func() { w.CloseWithError(writeImage(w, files)) }()
	defer archive.Close()
	res, err := c.api.ImageImport(ctx, client.ImageImportSource{Source: archive, SourceName: "-"}, ref, client.ImageImportOptions{
		Changes: []string{`ENTRYPOINT ["` + clientPath + `"]`, "ENV PATH=/usr/bin", "LABEL " + ClientLabel + "=" + content},
	})
	if err != nil {
		return wrap(err, doing)
	}
	defer res.Close()
	_, err = io.Copy(io.Discard, res)
	return wrap(err, doing)
}

// imageFile is a file of this machine, and where it is in an image.
type imageFile struct{ from, to string }

// clientFiles are what an image of a docker command is made of, by their places.
func clientFiles(command string) ([]imageFile, error) {
	command, err := filepath.EvalSymlinks(command)
	if err != nil {
		return nil, err
	}
	files := []imageFile{{command, clientPath}}
	if plugin := buildx(); plugin != "" {
		files = append(files, imageFile{plugin, "/usr/libexec/docker/cli-plugins/docker-buildx"})
	}
	for _, f := range slices.Clone(files) {
		libs, err := program.Libraries(f.from)
		if err != nil {
			return nil, err
		}
		for _, lib := range libs {
			files = append(files, imageFile{lib, lib})
		}
	}
	slices.SortFunc(files, func(a, b imageFile) int { return strings.Compare(a.to, b.to) })
	return slices.Compact(files), nil
}

// buildx is the client's plugin for builds, "" where there is none.
func buildx() string {
	dirs := []string{"/usr/local/lib/docker", "/usr/local/libexec/docker", "/usr/lib/docker", "/usr/libexec/docker"}
	if home, err := os.UserHomeDir(); err == nil {
		dirs = append([]string{filepath.Join(home, ".docker")}, dirs...)
	}
	for _, dir := range dirs {
		if path, err := filepath.EvalSymlinks(filepath.Join(dir, "cli-plugins", "docker-buildx")); err == nil {
			return path
		}
	}
	return ""
}

// contentOf is a hash of what the files hold, and of where they go.
func contentOf(files []imageFile) (string, error) {
	all := sha256.New()
	for _, f := range files {
		own := sha256.New()
		err := read(f.from, func(r io.Reader, _ int64) error {
			_, err := io.Copy(own, r)
			return err
		})
		if err != nil {
			return "", err
		}
		fmt.Fprintf(all, "%q %x\n", f.to, own.Sum(nil))
	}
	return hex.EncodeToString(all.Sum(nil)), nil
}

// writeImage writes the archive that an image is imported from. The same files give
// the same bytes.
func writeImage(w io.Writer, files []imageFile) error {
	t := tar.NewWriter(w)
	// The client keeps what it sends for a moment, where any user may.
	if err := t.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: "tmp/", Mode: 0o1777}); err != nil {
		return err
	}
	for _, f := range files {
		err := read(f.from, func(r io.Reader, size int64) error {
			h := &tar.Header{Typeflag: tar.TypeReg, Name: strings.TrimPrefix(f.to, "/"), Mode: 0o755, Size: size}
			if err := t.WriteHeader(h); err != nil {
				return err
			}
			_, err := io.Copy(t, r)
			return err
		})
		if err != nil {
			return err
		}
	}
	return t.Close()
}

func read(path string, do func(r io.Reader, size int64) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		err = do(f, info.Size())
	}
	return errors.Join(err, f.Close())
}
