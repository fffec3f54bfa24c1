package appengine

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// appFiles are what a release deploys for the application as a whole, once the traffic
// has moved: the texts of a dispatch.yaml and a cron.yaml. "" = none is named, and what
// is there stays.
type appFiles struct{ dispatch, cron string }

func (o Options) files() appFiles { return appFiles{o.DispatchYAML, o.CronYAML} }

// wanted reads them.
func (f appFiles) wanted() (rules []Rule, jobs []Job, err error) {
	if f.dispatch != "" {
		if rules, err = rulesOf("dispatch.yaml", []byte(f.dispatch)); err != nil {
			return nil, nil, err
		}
	}
	if f.cron != "" {
		jobs, err = jobsOf("cron.yaml", []byte(f.cron))
	}
	return rules, jobs, err
}

// whole is what those files need to know of an application.
type whole struct {
	LocationID    string `json:"locationId"`
	DispatchRules []Rule `json:"dispatchRules"`
}

func (t Target) whole(ctx context.Context, project string) (w whole, err error) {
	err = t.api.Do(ctx, gcp.Request{
		Doing: "looking at the application", Call: "appengine.GetApplication", Resource: "apps/" + project, Method: http.MethodGet, Path: "v1/apps/" + project, Out: &w,
	})
	return w, err
}

// asFiles says whether deploying the files would change nothing. It asks for no more
// than they are about.
func (t Target) asFiles(ctx context.Context, project string, f appFiles) (bool, error) {
	if f == (appFiles{}) {
		return true, nil
	}
	rules, jobs, err := f.wanted()
	if err != nil {
		return false, err
	}
	app, err := t.whole(ctx, project)
	if err != nil || f.dispatch != "" && !slices.Equal(app.DispatchRules, rules) {
		return false, err
	}
	if f.cron == "" {
		return true, nil
	}
	have, err := t.jobs(ctx, app.parent(project))
	add, remove := difference(have, jobs)
	return len(add)+len(remove) == 0, err
}

// checkFiles refuses rules that name a service which is not there, nor the one that is
// released: told before anything is.
func checkFiles(f appFiles, services []string) error {
	rules, _, err := f.wanted()
	if err != nil {
		return err
	}
	if unknown := unknownServices(rules, services); len(unknown) > 0 {
		return errs.New(errs.Usage, "Deploy it first, or take its rules out of dispatch.yaml.", "the dispatch rules name what is no service of the application: %s", strings.Join(unknown, ", "))
	}
	return nil
}

// putFiles deploys the files, and tells what it changed. It is the release's
// last step: the versions that they send requests to serve by then.
func (t Target) putFiles(ctx context.Context, project string, f appFiles, tell func(string)) error {
	if f == (appFiles{}) {
		return nil
	}
	rules, jobs, err := f.wanted()
	if err != nil {
		return err
	}
	app, err := t.whole(ctx, project)
	if err != nil {
		return err
	}
	var changed bool
	if f.dispatch != "" {
		if changed, err = t.putDispatch(ctx, project, app.DispatchRules, rules, tell); err != nil {
			return err
		}
		if changed {
			tell("dispatch rules are deployed")
		}
	}
	if f.cron != "" {
		if changed, err = t.putCron(ctx, app.parent(project), jobs); err != nil {
			return err
		}
		if changed {
			tell("cron jobs are deployed")
		}
	}
	return nil
}
