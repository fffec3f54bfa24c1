package appengine

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

func statusChange(s release.Spec, id, doing, status string) gcp.Request {
	return gcp.Request{
		Doing: doing, Call: "appengine.UpdateVersion", Resource: versionNamed(s, id),
		Method: http.MethodPatch, Path: "v1/" + versionNamed(s, id) + "?updateMask=servingStatus", Body: map[string]string{"servingStatus": status},
	}
}

// start starts a version that is stopped, and waits until it is up.
func (t Target) start(ctx context.Context, s release.Spec, v existing, tell func(string)) error {
	if !v.stopped() {
		return nil
	}
	tell("starting version " + v.ID)
	return t.change(ctx, statusChange(s, v.ID, "starting version "+v.ID, "SERVING"), tell)
}

// stop has a version stopped, which takes minutes and is not waited for. It gives what
// there is to say where that fails: the version is billed still.
func (t Target) stop(ctx context.Context, s release.Spec, id string) (warning string) {
	err := t.soon(ctx, statusChange(s, id, "stopping version "+id, "STOPPED"))
	if err == nil || gcp.Code(err) == codes.NotFound {
		return ""
	}
	return "version " + id + " runs on, and is billed: " + err.Error() + "; `gcloud app versions stop " + id + " --service=" + s.Service + " --project=" + s.Project + "` stops it"
}

// soon makes a call once, and a few times more where something else is being changed.
func (t Target) soon(ctx context.Context, q gcp.Request) (err error) {
	for try := range conflicts {
		if err = t.api.Do(ctx, q); !contended(err) {
			return err
		}
		if err := t.pause(ctx, q.Doing, try); err != nil {
			return err
		}
	}
	return err
}

// Settle stops the versions that serve no more: machines of the flexible environment are
// billed whether they are asked or not. Of those that do not serve it keeps the newest.
func (t Target) Settle(ctx context.Context, s release.Spec, r release.Released, by release.Run, progress func(string)) (warning string) {
	o, err := optionsOf(s)
	if err != nil {
		return err.Error()
	}
	now, err := t.look(ctx, s)
	if err != nil {
		return "it is not known what runs beside it: " + err.Error()
	}
	if now.later(by).ID != "" {
		return "" // which sees to it
	}
	tell := teller(progress)
	var warnings []string
	if o.Stop() {
		warnings = t.stopIdle(ctx, s, now, r.Before, tell)
	}
	for _, id := range now.surplus(o, r.Before) {
		err := t.soon(ctx, deletion(s, id))
		switch {
		case err == nil:
			tell("version " + id + " is deleted")
		case gcp.Code(err) != codes.NotFound:
			warnings = append(warnings, "version "+id+" could not be deleted: "+err.Error())
		}
	}
	return strings.Join(warnings, "; ")
}

func deletion(s release.Spec, id string) gcp.Request {
	return gcp.Request{
		Doing: "deleting version " + id, Call: "appengine.DeleteVersion", Resource: versionNamed(s, id),
		Method: http.MethodDelete, Path: "v1/" + versionNamed(s, id),
	}
}

// idle are the versions that run for nobody: whoever's had the traffic before, and of
// ours those that are older than what has it or had it, whatever their runs came to.
func (n sight) idle(before []release.Share) (ids []string) {
	old := false // versions are the newest first
	for _, v := range n.versions {
		was := served(before, v.ID)
		if (was || old && v.note().Run != "") && !n.serves(v.ID) && !v.stopped() {
			ids = append(ids, v.ID)
		}
		old = old || was || n.serves(v.ID)
	}
	return ids
}

// stopIdle has those versions stopped, and says so. Each is looked at before: the traffic
// may have been moved to it meanwhile.
func (t Target) stopIdle(ctx context.Context, s release.Spec, now sight, before []release.Share, tell func(string)) (warnings []string) {
	for _, id := range now.idle(before) {
		v, _, err := t.service(ctx, s)
		switch {
		case err != nil:
			warnings = append(warnings, "version "+id+" runs on, and is billed: "+err.Error())
		case v.serves(id):
		default:
			if w := t.stop(ctx, s, id); w != "" {
				warnings = append(warnings, w)
				continue
			}
			tell("version " + id + " serves no more, and is stopped")
		}
	}
	return warnings
}

func served(before []release.Share, id string) bool {
	return slices.ContainsFunc(before, func(s release.Share) bool { return s.Revision == id && s.Percent > 0 })
}

// surplus are our versions that do not serve, without the newest so many, and without
// those that a release replaced.
func (n sight) surplus(o Options, before []release.Share) (ids []string) {
	keep, all := o.Keep()
	if all {
		return nil
	}
	for _, v := range n.versions {
		if v.note().Run != "" && !n.serves(v.ID) && !served(before, v.ID) {
			ids = append(ids, v.ID)
		}
	}
	return ids[min(keep, len(ids)):]
}
