package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"os"
	"path"
	"strings"

	"github.com/moby/moby/client"
)

// File is one that is written into a container, as root's.
type File struct {
	Path string // in the container
	Mode os.FileMode
	Data []byte
}

// Write puts files into a container, whether it runs or not, with the folders that they
// are in. What is in a volume of memory stays as long as a container with it runs.
func (c *Client) Write(ctx context.Context, id string, files []File) error {
	const doing = "packing files for a container"
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	made := map[string]bool{}
	for _, f := range files {
		name := strings.TrimPrefix(path.Clean(f.Path), "/")
		for i, r := range name {
			if dir := name[:i]; r == '/' && !made[dir] {
				made[dir] = true
				if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir + "/", Mode: 0o755}); err != nil {
					return wrap(err, doing)
				}
			}
		}
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: int64(f.Mode), Size: int64(len(f.Data))}); err != nil {
			return wrap(err, doing)
		}
		if _, err := w.Write(f.Data); err != nil {
			return wrap(err, doing)
		}
	}
	if err := w.Close(); err != nil {
		return wrap(err, doing)
	}
	_, err := c.api.CopyToContainer(ctx, id, client.CopyToContainerOptions{DestinationPath: "/", Content: &archive})
	return wrap(err, "writing files into container "+short(id))
}
