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
