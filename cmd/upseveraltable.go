package cmd

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// printSeveral prints a line for each of several services, and what there is to do now.
func printSeveral(s ui.Streams, app clients.App, members []*member, out severalResult) error {
	t := tabwriter.NewWriter(s.Out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "SERVICE\tRESULT\tREVISION\tTIME\tURL")
	var private []string
	for _, m := range members {
		r := out.Services[m.Name]
		took := "-"
		if r.Seconds > 0 {
			took = ui.Duration(time.Duration(r.Seconds * float64(time.Second)))
		}
		revision := r.Revision
		if r.Status == "submitted" {
			revision = "build " + r.Build
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", m.Name, r.word(), cmp.Or(revision, "-"), took, cmp.Or(r.URL, "-"))
		if r.Private {
			private = append(private, m.Name)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(s.Err, "%s after %s\n", ui.Count(len(members), "service"), ui.Duration(time.Duration(out.Seconds*float64(time.Second))))
	if len(private) > 0 {
		fmt.Fprintf(s.Err, "private: %s; call one with `%s`\n", strings.Join(private, ", "), strings.Join(append([]string{"gcpdeploy", "curl"}, app.One(private[0]).Same()...), " "))
	}
	return nil
}

// word is what came of one service, for people.
func (r oneResult) word() string {
	switch {
	case r.Status == "skipped":
		return "skipped: " + r.Why
	case r.Status == "nothing_to_do":
		return "nothing to do"
	case r.Status == "released" && r.Percent == 0:
		return "ready, without traffic"
	case r.Status == "tested":
		return "tested, not released"
	}
	return r.Status
}
