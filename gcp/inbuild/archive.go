package inbuild

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
)

// archive is a source archive on this machine.
type archive struct {
	path string
	size int64
}

func (p *place) newArchive(write func(io.Writer) error) (a archive, err error) {
	f, err := os.CreateTemp(p.dir, "source-*.tgz")
	if err != nil {
		return a, err
	}
	if err = write(f); err == nil {
		a.size, err = f.Seek(0, io.SeekCurrent)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return a, errors.Join(err, os.Remove(f.Name()))
	}
	a.path = f.Name()
	return a, nil
}

// unpack is the source of a build.
func (a archive) unpack(ctx context.Context, workspace string, log io.Writer) error {
	f, err := os.Open(a.path)
	if err != nil {
		return fmt.Errorf("reading the source: %w", err)
	}
	defer f.Close()
	fmt.Fprintln(log, "Taking the source from the workspace.")
	return worker.Unpack(ctx, f, a.size, workspace)
}
