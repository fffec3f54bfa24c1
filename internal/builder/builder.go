// Package builder is what gcpdeploy does inside a build, as the builder image:
// it publishes shared images, makes, starts and tests the app's image, and releases
// it. It reads the plan from the source archive and knows nothing of how the
// build was submitted.
package builder

import (
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// ByOf reads which run this is from the release step's variables.
func ByOf(lookup func(string) (string, bool)) (release.Run, error) {
	id, _ := lookup("GCPDEPLOY_RUN_ID")
	text, _ := lookup("GCPDEPLOY_STARTED")
	started, err := time.Parse(time.RFC3339Nano, text)
	if id == "" || err != nil {
		return release.Run{}, errs.New(errs.Usage, "This command is for the steps of a build.",
			"GCPDEPLOY_RUN_ID and GCPDEPLOY_STARTED must name the run and its start")
	}
	return release.Run{ID: id, Started: started}, nil
}

// OriginOf is where the run comes from, as its client said; nil where it did not.
func OriginOf(lookup func(string) (string, bool)) *ci.Origin {
	text, _ := lookup("GCPDEPLOY_ORIGIN")
	if o, ok := ci.ParseNote(text); ok {
		return &o
	}
	return nil
}
