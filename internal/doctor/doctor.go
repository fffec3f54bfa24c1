// Package doctor looks at many things at once and says of each whether it is well,
// and what mends it. What is looked at comes from the caller, as a table of checks;
// it knows neither Google nor Docker.
package doctor

import (
	"context"
	"sync"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Mark is how something stands.
type Mark string

// The marks.
const (
	OK   Mark = "ok"
	Warn Mark = "warning" // worth knowing, or not to be seen
	Fail Mark = "failed"  // deploys fail for it
	Mute Mark = "unknown" // not to be seen, and nothing to do about
)

// Finding is one line of what a check found.
type Finding struct {
	Name string `json:"name"`
	Mark Mark   `json:"mark"`
	Text string `json:"text"`
	Fix  string `json:"fix,omitempty"` // the line that mends it
}

// Check looks at one thing.
type Check struct {
	Name string
	Run  func(ctx context.Context) []Finding
}

// Run makes all checks at once, and gives what they found in their order. seen, if
// not nil, is told of each as soon as it and all before it are done.
func Run(ctx context.Context, checks []Check, seen func(Finding)) (all []Finding) {
	found := make([][]Finding, len(checks))
	done := make([]chan struct{}, len(checks))
	var wait sync.WaitGroup
	for n, c := range checks {
		done[n] = make(chan struct{})
		wait.Go(func() {
			defer close(done[n])
			found[n] = c.Run(ctx)
			for i := range found[n] {
				if found[n][i].Name == "" {
					found[n][i].Name = c.Name
				}
			}
		})
	}
	for n := range checks {
		<-done[n]
		for _, f := range found[n] {
			if seen != nil {
				seen(f)
			}
		}
		all = append(all, found[n]...)
	}
	wait.Wait()
	return all
}

// Failed is how many failed.
func Failed(all []Finding) (n int) {
	for _, f := range all {
		if f.Mark == Fail {
			n++
		}
	}
	return n
}

// Well says that something is as it should be.
func Well(text string) []Finding { return []Finding{{Mark: OK, Text: text}} }

// Of is the finding of an error: what cannot be seen for want of a right is a
// warning, as it may be well.
func Of(err error) []Finding {
	mark := Fail
	if k := errs.KindOf(err); k == errs.Auth || k == errs.Transient || k == errs.Quota || k == errs.Interrupted {
		mark = Warn
	}
	return []Finding{{Mark: mark, Text: err.Error(), Fix: errs.HintOf(err)}}
}
