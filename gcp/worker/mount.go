package worker

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
)

// Mount is a folder that the Docker daemon knows by another name than this
// process, as where this process runs in a container itself: its /workspace is
// then a volume, or another folder of the daemon's machine.
type Mount struct {
	Path   string // the folder, as this process sees it
	Volume string // the volume that is there; "" = it is Host
	Host   string // the folder on the daemon's machine; of a volume, Open finds it
}

// within gives what of path lies below the mount, with a slash before it; ""
// is the mount itself.
func (m Mount) within(path string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(path, filepath.Clean(m.Path))
	return rest, ok && (rest == "" || rest[0] == '/')
}

// mountOf is the innermost mount that a path lies in.
func (o *Options) mountOf(path string) (best Mount, rest string, ok bool) {
	for _, m := range o.Mounts {
		if r, in := m.within(path); in && (!ok || len(m.Path) > len(best.Path)) {
			best, rest, ok = m, r, true
		}
	}
	return best, rest, ok
}

// source is what the daemon calls a path of this process, for a mount of it.
func (o *Options) source(path string) string {
	path = filepath.Clean(path)
	if m, rest, ok := o.mountOf(path); ok {
		return filepath.Clean(m.Host) + rest
	}
	return path
}

// bind mounts a folder of this process in a container. A whole volume is named,
// so that the daemon knows that it is used.
func (o *Options) bind(path, target string) string {
	if m, rest, ok := o.mountOf(filepath.Clean(path)); ok && rest == "" && m.Volume != "" {
		return m.Volume + ":" + target
	}
	return o.source(path) + ":" + target
}

// findVolumes asks Docker where the volumes among the mounts are.
func (o *Options) findVolumes(ctx context.Context) error {
	found := make([]Mount, len(o.Mounts))
	for i, m := range o.Mounts {
		if m.Volume != "" && m.Host == "" {
			if o.Docker == nil {
				return fmt.Errorf("there is no Docker to ask for the volume %s", m.Volume)
			}
			var err error
			if m.Host, err = o.Docker.VolumePath(ctx, m.Volume); err != nil {
				return err
			}
		}
		found[i] = m
	}
	o.Mounts = found // the caller's own stay as they are
	return nil
}
