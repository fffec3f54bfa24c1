package appengine

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Tag has nothing to give: each version has a URL of its own, by its name.
func (t Target) Tag(context.Context, release.Spec, string, string) (string, error) {
	return "", errs.New(errs.Usage, "Leave it out: `gcpdeploy releases` shows the versions, and each has a URL of its own.", "App Engine knows no tags")
}

// Previews gives none.
func (t Target) Previews(context.Context, release.Spec) ([]release.Shown, error) { return nil, nil }

// Discard deletes a version that has no traffic.
func (t Target) Discard(ctx context.Context, s release.Spec, version string) (left string, err error) {
	now, _, err := t.service(ctx, s)
	switch {
	case err != nil:
		return "", err
	case now.serves(version):
		return "", errs.New(errs.Usage, "Run `gcpdeploy traffic` to give it to another one first.", "removing %s: it has traffic", version)
	}
	err = t.change(ctx, deletion(s, version), teller(nil))
	if gcp.Code(err) == codes.NotFound {
		err = nil
	}
	return "", err
}

// Delete removes a service with all its versions. The service default stays for as long
// as there is an application, with one version at least: there all that can be deleted
// is, and what has the traffic is stopped.
func (t Target) Delete(ctx context.Context, s release.Spec) (ok bool, left string, err error) {
	tell := teller(nil)
	if s.Service != first {
		err := t.change(ctx, gcp.Request{
			Doing: "deleting the service " + s.Service, Call: "appengine.DeleteService", Resource: named(s),
			Method: http.MethodDelete, Path: "v1/" + named(s),
		}, tell)
		if gcp.Code(err) == codes.NotFound {
			return false, "", nil
		}
		return err == nil, "", err
	}
	now, err := t.look(ctx, s)
	if err != nil || len(now.versions) == 0 {
		return false, "", err
	}
	keeps := func(v existing) bool {
		return now.serves(v.ID) || len(now.Split.Allocations) == 0 && v.ID == now.versions[0].ID
	}
	var stays []string
	for _, v := range now.versions {
		if !keeps(v) {
			err = t.change(ctx, deletion(s, v.ID), tell)
			if gcp.Code(err) == codes.NotFound {
				err = nil
			}
		} else {
			stays = append(stays, v.ID)
			if !v.stopped() {
				err = t.change(ctx, statusChange(s, v.ID, "stopping version "+v.ID, "STOPPED"), tell)
			}
		}
		if err != nil {
			return false, "", err
		}
	}
	slices.Sort(stays)
	return true, "the service default cannot be deleted for as long as there is an application: version " + strings.Join(stays, ", ") +
		" stays, and is stopped, so that nothing runs or is billed", nil
}
