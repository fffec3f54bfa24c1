package engine

import (
	"context"
	"io"
	"path"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// marker names the object that says which archive an image that serves was made
// from, where Cloud Build has no build that says so. It is written once for an image.
func marker(service, image string) string {
	return path.Join("deployed", service, image[strings.LastIndexByte(image, ':')+1:])
}

// keep puts the archive of what serves where a refresh of its wheels finds it later.
// Builds of Cloud Build's own start from one that is there already. taken says that
// the build had it. What serves does so without it, so an error is a warning.
func (e *Engine) keep(ctx context.Context, service, image string, src Source, taken bool) {
	if e.Here == nil || !strings.Contains(image, "@sha256:") {
		return
	}
	if err := e.keepArchive(ctx, marker(service, image), src, taken); err != nil {
		e.Report.Warn("the source is not kept, so `wheels refresh` will take an earlier one: " + strings.TrimSpace(err.Error()+"\n"+errs.HintOf(err)))
	}
}

func (e *Engine) keepArchive(ctx context.Context, name string, src Source, taken bool) error {
	if err := e.Objects.Ensure(ctx); err != nil {
		return err
	}
	if there, err := e.Objects.Exists(ctx, name); err != nil || there {
		return err
	}
	write := func(w io.Writer) error { return src.Write(ctx, w) }
	if taken { // it can be written once
		write = func(w io.Writer) error {
			r, err := e.Here.Read(ctx, src.Object)
			if err != nil {
				return err
			}
			defer r.Close()
			_, err = io.Copy(w, r)
			return err
		}
	}
	if err := e.Objects.Upload(ctx, src.Object, write); err != nil {
		return err
	}
	return e.Objects.Upload(ctx, name, func(w io.Writer) error {
		_, err := io.WriteString(w, src.Object)
		return err
	})
}

// lastSource is the archive that the service was last deployed from, whose images and
// builds have a name of theirs: what keep said of
// the image that serves, else the source of its newest build. "" = there is none. serves says whether the
// service is there.
func (e *Engine) lastSource(ctx context.Context, name string, s release.Spec) (object string, serves bool, err error) {
	current, serves, err := e.Target.State(ctx, s)
	if err != nil {
		return "", false, err
	}
	if object, err = e.kept(ctx, name, current.Image); err != nil || object != "" {
		return object, serves, err
	}
	last, ok, err := e.Builds.Last(ctx, ServiceTag(name, ""))
	if err != nil || !ok {
		return "", serves, err
	}
	return last.Object, serves, nil
}

// kept is the archive that keep has said an image was made from; "" = it has not.
func (e *Engine) kept(ctx context.Context, service, image string) (object string, err error) {
	if !strings.Contains(image, "@sha256:") {
		return "", nil
	}
	r, err := e.Objects.Read(ctx, marker(service, image))
	if errs.KindOf(err) == errs.NotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, 1<<10))
	return string(text), err
}
