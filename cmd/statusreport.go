package cmd

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// statusReport is `status --json`.
type statusReport struct {
	Service  string          `json:"service"`
	Project  string          `json:"project"`
	Region   string          `json:"region"`
	URL      string          `json:"url"`
	Revision string          `json:"revision"`
	Image    string          `json:"image"`
	Ready    bool            `json:"ready"`
	Message  string          `json:"message,omitempty"`
	Traffic  []release.Share `json:"traffic"`
	Pinned   bool            `json:"pinned"`            // to revisions: a new one would get none
	Held     bool            `json:"held,omitempty"`    // where it is, while a run tries what it made, or after one that got no further
	Canary   string          `json:"canary,omitempty"`  // the revision that gets the traffic by steps
	Idle     []string        `json:"idle,omitempty"`    // revisions that run without traffic, and cost
	Stopped  []string        `json:"stopped,omitempty"` // revisions that are started before they get traffic
	Private  bool            `json:"private"`           // callers must say who they are, and be let
	Keys     *madeOf         `json:"keys,omitempty"`    // of what the image was made from
	Origin   *ci.Origin      `json:"origin,omitempty"`  // of the run that released last
	Run      string          `json:"run,omitempty"`     // its ID
	Modified *time.Time      `json:"modified,omitempty"`
	By       string          `json:"by,omitempty"` // who changed it last
	Build    *buildReport    `json:"build,omitempty"`
	Runs     []runReport     `json:"runs,omitempty"` // that are no builds of Cloud Build, and have not ended
}

// madeOf are the keys of what an app's image was made from.
type madeOf struct {
	Wheels  string `json:"wheels"`
	Runtime string `json:"runtime"`
}

type runReport struct {
	ID    string    `json:"id"`
	In    string    `json:"in,omitempty"` // what it runs in
	URL   string    `json:"url,omitempty"`
	Build string    `json:"build,omitempty"` // of Cloud Build, that it is a step of
	Began time.Time `json:"began"`
}

type buildReport struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	LogURL string `json:"log_url"`
}

// show prints what was seen.
func (r statusReport) show(w io.Writer, kind release.Kind, now time.Time, o StatusOptions) error {
	if o.JSON {
		return ui.WriteJSON(w, r)
	}
	r.print(w, now)
	if r.Private {
		fmt.Fprintln(w, "  access    "+private(kind, o.App))
	}
	return nil
}

func (r statusReport) print(w io.Writer, now time.Time) {
	fmt.Fprintf(w, "%s  %s, %s\n  url       %s\n  revision  %s\n  image     %s\n", r.Service, r.Project, r.Region, r.URL, r.Revision, r.Image)
	for _, t := range r.Traffic {
		fmt.Fprintf(w, "  traffic   %d %% %s\n", t.Percent, strings.Join(nonEmpty(t.Revision, t.Tag, t.URL), " "))
	}
	for _, name := range r.Idle {
		fmt.Fprintf(w, "  idle      %s runs without traffic\n", name)
	}
	for _, name := range r.Stopped {
		fmt.Fprintf(w, "  stopped   %s\n", name)
	}
	switch {
	case r.Canary != "":
		fmt.Fprintf(w, "  canary    %s gets the traffic by steps; where no run is at it any more the next `gcpdeploy up` goes on, and `gcpdeploy traffic` ends it\n", r.Canary)
	case r.Pinned:
		fmt.Fprintln(w, "  pinned    the newest revision gets no traffic; `gcpdeploy up` gives all of it to what it releases")
	}
	if r.Held {
		fmt.Fprintln(w, "  held      a run tries what it made, or got no further: the traffic stays until the next `gcpdeploy up`, or `gcpdeploy traffic`, moves it")
	}
	if !r.Ready {
		fmt.Fprintf(w, "  not ready %s\n", r.Message)
	}
	if r.Keys != nil {
		fmt.Fprintf(w, "  keys      wheels %s, runtime %s\n", key.Short(r.Keys.Wheels), key.Short(r.Keys.Runtime))
	}
	if r.Origin != nil {
		fmt.Fprintf(w, "  from      %s\n", r.Origin)
	}
	if r.Modified != nil {
		by := ""
		if r.By != "" {
			by = " by " + r.By
		}
		fmt.Fprintf(w, "  changed   %s ago%s\n", ui.Age(now.Sub(*r.Modified)), by)
	}
	if r.Build != nil {
		fmt.Fprintf(w, "  build     %s %s\n", r.Build.ID, r.Build.Status)
	}
	for _, run := range r.Runs {
		fmt.Fprintf(w, "  running   %s\n", strings.Join(nonEmpty(run.ID, run.In, run.URL), "  "))
	}
}

// nonEmpty are the texts that say something.
func nonEmpty(all ...string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}
