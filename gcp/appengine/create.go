package appengine

import (
	"context"
	"net/http"
	"slices"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// create asks for a version. To ask twice would make it twice: where an answer is lost
// it looks whether the version is being made.
func (t Target) create(ctx context.Context, s release.Spec, id string, body Version, tell func(string)) (op operation, err error) {
	doing, ours := "making version "+id, versionNamed(s, id)
	for try := range conflicts {
		op = operation{}
		err = t.api.Do(ctx, gcp.Request{
			Doing: doing, Call: "appengine.CreateVersion", Resource: named(s),
			Method: http.MethodPost, Path: "v1/" + named(s) + "/versions", Body: body, Out: &op, Once: true,
		})
		switch {
		case err == nil:
			return op, nil
		case ctx.Err() != nil:
			return op, gcp.Error(context.Cause(ctx), doing)
		case contended(err):
			other, failed := t.outwait(ctx, doing, err, try, tell)
			if failed != nil || other.Done && other.Metadata.Target == ours && other.creates() {
				return other, failed
			}
			continue
		case gcp.Expired(err) && try == 0:
			continue
		case !gcp.Transient(err):
			return op, err
		case gcp.Code(err) != codes.ResourceExhausted:
			under, failed := t.pending(ctx, s.Project)
			if failed != nil {
				return op, failed
			}
			if n := slices.IndexFunc(under, func(op operation) bool { return op.Metadata.Target == ours }); n >= 0 {
				return under[n], nil
			}
		}
		if failed := t.pause(ctx, doing, try); failed != nil {
			return op, failed
		}
	}
	if contended(err) {
		err = busy(doing, err)
	}
	return op, err
}
