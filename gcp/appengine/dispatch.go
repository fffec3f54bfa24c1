package appengine

import (
	"context"
	"net/http"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/gcp"
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
func (t Target) putDispatch(ctx context.Context, project string, have, want []Rule, tell func(string)) (changed bool, err error) {
	if slices.Equal(have, want) {
		return false, nil
	}
	return true, t.change(ctx, gcp.Request{
		Doing: "deploying the dispatch rules", Call: "appengine.UpdateApplication", Resource: app(project), Method: http.MethodPatch,
		Path: "v1/" + app(project) + "?updateMask=dispatchRules", Body: map[string][]Rule{"dispatchRules": append([]Rule{}, want...)},
	}, tell)
}
