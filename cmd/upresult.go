package cmd

import (
	"fmt"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// share is a share of the traffic that is worth a word, after a comma or none.
func share(comma string, percent int) string {
	if percent == 100 {
		return ""
	}
	return fmt.Sprintf("%s %d %% of the traffic", comma, percent)
}

// asWanted says that a revision is what is asked for.
func asWanted(revision string, percent int) string {
	if percent == 0 {
		return revision + " is of this source and configuration, and has no traffic"
	}
	return revision + " serves this source and configuration" + share(",", percent)
}

// unchanged is the end of a run that has nothing to look at.
func unchanged(s ui.Streams, d Deps, o UpOptions, set *clients.Set) error {
	r := engine.Result{Type: "result", Status: "unchanged", Service: set.Service().Service, Stages: []engine.StageTime{}}
	if err := stepOutput(d, r, true, nil); err != nil {
		return err
	}
	if o.JSON {
		return ui.WriteJSON(s.Out, r)
	}
	fmt.Fprintf(s.Err, "nothing to do: nothing that %s is made of has changed since %s\n", r.Service, o.ChangedSince)
	return nil
}

// printResult is the end for people: what came of it on Err, the URL on Out.
func printResult(s ui.Streams, r engine.Result) {
	took := ui.Duration(time.Duration(r.Seconds * float64(time.Second)))
	if r.Status == "nothing_to_do" && r.Revision == "" {
		fmt.Fprintf(s.Err, "nothing to do: already tested, %s (%s)\n", r.Image, took)
		return
	}
	if r.Status == "nothing_to_do" {
		fmt.Fprintf(s.Err, "nothing to do: %s (%s)\n", asWanted(r.Revision, r.Percent), took)
		fmt.Fprintln(s.Out, r.URL)
		return
	}
	if r.Status == "submitted" {
		fmt.Fprintf(s.Err, "build %s runs by itself (%s); `gcpdeploy status --wait` waits for it, `gcpdeploy logs --build --follow` shows its log, `gcpdeploy cancel` stops it\n", r.Build, took)
		fmt.Fprintln(s.Out, r.Build)
		return
	}
	var reused []string
	for _, k := range sharedKeys(r.Keys) {
		if k.Status.Status == plan.Hit {
			reused = append(reused, k.name)
		}
	}
	line := fmt.Sprintf("%s serves%s after %s", r.Revision, share("", r.Percent), took)
	switch {
	case r.Status == "tested":
		line = "tested, and not released, after " + took
	case r.Percent == 0:
		line = fmt.Sprintf("%s is ready, without traffic, after %s", r.Revision, took)
	}
	if len(reused) > 0 {
		line += "; reused " + strings.Join(reused, ", ")
	}
	if r.Saved > 0 {
		line += ", saved " + ui.Duration(time.Duration(r.Saved*float64(time.Second)))
	}
	fmt.Fprintln(s.Err, line)
	if r.Status != "tested" {
		fmt.Fprintln(s.Out, r.URL)
	}
}
