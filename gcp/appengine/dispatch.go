package appengine

import (
	"context"
	"net/http"
	"slices"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// Rule says which service answers requests to the application as a whole. The first
// one that fits counts; the service `default` has the rest.
type Rule struct {
	Domain  string `json:"domain"` // "*" stands for what begins it
	Path    string `json:"path"`   // "*" may end it
	Service string `json:"service"`
}

// putDispatch makes the rules of an application those that are wanted, and says
// whether they were not. They are the whole application's, whichever service is
// released.
func (t Target) putDispatch(ctx context.Context, project string, have, want []Rule) (changed bool, err error) {
	if slices.Equal(have, want) {
		return false, nil
	}
	const doing = "deploying the dispatch rules"
	var op changing
	err = t.api.Do(ctx, gcp.Request{
		Doing: doing, Call: "appengine.UpdateApplication", Resource: "apps/" + project, Method: http.MethodPatch, Path: "v1/apps/" + project + "?updateMask=dispatchRules",
		Body: map[string][]Rule{"dispatchRules": append([]Rule{}, want...)}, Out: &op,
	})
	if err != nil {
		return true, err
	}
	err = poll.Until(ctx, t.access.Clock, t.access.Backoff(t.access.Endpoint(gcp.AppEngine)), func(ctx context.Context) (bool, error) {
		if op.Done {
			return true, nil
		}
		err := t.api.Do(ctx, gcp.Request{
			Doing: doing, Call: "appengine.GetOperation", Resource: op.Name, Method: http.MethodGet, Path: "v1/" + op.Name, Out: &op,
		})
		return op.Done, err
	})
	if err == nil && op.Error.Code != 0 {
		err = gcp.Error(status.Error(codes.Code(op.Error.Code), op.Error.Message), doing)
	}
	return true, err
}

// changing is the operation of a change of the application.
type changing struct {
	Name  string
	Done  bool
	Error struct {
		Code    int
		Message string
	}
}
