package cmd

import (
	"cmp"
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

// forGitHub is what a run came to, for the job that it is a step of.
type forGitHub struct {
	ended   string // in a few words; where it failed, the error says it
	more    string // Markdown below the stages
	outputs []actions.Output
	failed  error
}

// tellGitHub hands what a run came to on to GitHub Actions, where that runs it: the
// step's outputs, and the job's summary.
func tellGitHub(d Deps, report ui.Reporter, r forGitHub) {
	watched, ok := report.(*actions.Reporter)
	if !ok {
		return
	}
	to := actions.Of(d.Lookup)
	if r.failed != nil {
		r.ended, _ = told(r.failed)
	}
	err := to.Summary(watched.Table(r.ended) + r.more)
	if err == nil && r.failed == nil {
		err = to.Outputs(r.outputs...)
	}
	if err != nil {
		report.Warn("later steps get no outputs: " + err.Error())
	}
}

// deployedForGitHub is what a deploy came to.
func deployedForGitHub(r engine.Result, failed error) forGitHub {
	ended := r.URL
	if r.Status == "tested" {
		ended = "tested, and not released"
	}
	return forGitHub{ended: ended, outputs: outputs(r), failed: failed}
}

// prebuiltForGitHub is what a prebuild came to. Its comment is an output: to post it
// is another step's, which may.
func prebuiltForGitHub(r engine.Result, failed error) forGitHub {
	if failed != nil {
		return forGitHub{failed: failed}
	}
	comment := prebuiltMarkdown(r)
	keys := []actions.Output{{Name: "status", Value: r.Status}, {Name: "service", Value: r.Service}, {Name: "build", Value: r.Build}, {Name: "keys", Value: keysJSON(r)}}
	return forGitHub{more: comment + "\n", outputs: append(keys, actions.Output{Name: "comment", Value: comment})}
}

// refreshedForGitHub is what a refresh came to.
func refreshedForGitHub(r engine.RefreshResult, failed error) forGitHub {
	var more strings.Builder
	if len(r.Changed) > 0 {
		more.WriteString("| package | before | now |\n|---|---|---|\n")
	}
	for _, c := range r.Changed {
		fmt.Fprintf(&more, "| %s | %s | %s |\n", cell(c.Name), cell(cmp.Or(c.Old, "–")), cell(cmp.Or(c.New, "gone")))
	}
	more.WriteString("\n")
	changed, _ := json.Marshal(r.Changed) // texts: never fails
	return forGitHub{ended: refreshed(r), more: more.String(), failed: failed, outputs: []actions.Output{
		{Name: "status", Value: r.Status}, {Name: "service", Value: r.Service}, {Name: "changed", Value: string(changed)}, {Name: "wheels", Value: r.Wheels},
	}}
}

// outputs are those of a step that deployed.
func outputs(r engine.Result) []actions.Output {
	return []actions.Output{
		{Name: "status", Value: r.Status}, {Name: "service", Value: r.Service}, {Name: "url", Value: r.URL}, {Name: "revision", Value: r.Revision},
		{Name: "image", Value: r.Image}, {Name: "build", Value: r.Build}, {Name: "keys", Value: keysJSON(r)},
	}
}

// keysJSON are the keys of the images that deploys share.
func keysJSON(r engine.Result) string {
	keys := map[string]string{}
	for _, k := range sharedKeys(r.Keys) {
		if k.Key != "" {
			keys[k.name] = k.Key
		}
	}
	text, _ := json.Marshal(keys) // texts: never fails
	return string(text)
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
