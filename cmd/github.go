package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/actions"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// tellGitHub hands what a deploy came to on to GitHub Actions, where that runs it: the
// step's outputs, and the job's summary.
func tellGitHub(d Deps, report ui.Reporter, r engine.Result, failed error) {
	watched, ok := report.(*actions.Reporter)
	if !ok {
		return
	}
	to := actions.Of(d.Lookup)
	ended := r.URL
	if failed != nil {
		ended, _ = told(failed)
	} else if r.Status == "tested" {
		ended = "tested, and not released"
	}
	err := to.Summary(watched.Table(ended))
	if err == nil && failed == nil {
		err = to.Outputs(outputs(r)...)
	}
	if err != nil {
		report.Warn("later steps get no outputs: " + err.Error())
	}
}

// outputs are those of a step that deployed.
func outputs(r engine.Result) []actions.Output {
	keys := map[string]string{}
	for _, k := range sharedKeys(r.Keys) {
		if k.Key != "" {
			keys[k.name] = k.Key
		}
	}
	text, _ := json.Marshal(keys) // texts: never fails
	return []actions.Output{
		{Name: "status", Value: r.Status}, {Name: "service", Value: r.Service}, {Name: "url", Value: r.URL}, {Name: "revision", Value: r.Revision},
		{Name: "image", Value: r.Image}, {Name: "build", Value: r.Build}, {Name: "keys", Value: string(text)},
	}
}

// annotate shows an error at its place in the repository, where GitHub Actions runs this.
func annotate(w io.Writer, d Deps, args []string, err error) {
	to := actions.Of(d.Lookup)
	if !to.On() {
		return
	}
	message, hint := told(err)
	if hint != "" {
		message += "\n" + hint
	}
	fmt.Fprintln(w, to.Annotation("error", errs.PlaceOf(err), message, folders(d, args)...))
}

// folders are where a file may be that an error names: places are relative to the
// working directory, or to the app.
func folders(d Deps, args []string) []string {
	source, app := ".", ""
	if d.Lookup != nil {
		app, _ = d.Lookup("GCPDEPLOY_APP")
	}
	for i, a := range args {
		name, value, given := strings.Cut(strings.TrimLeft(a, "-"), "=")
		if !strings.HasPrefix(a, "-") || name != "source" && name != "app" {
			continue
		}
		if !given && i+1 < len(args) {
			value = args[i+1]
		}
		if name == "source" {
			source = value
		} else {
			app = value
		}
	}
	return []string{".", filepath.Join(source, app), source}
}
